using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>What a prologue does to each pixel: x * scale[c] + shift[c] and ReLU, both optional.</summary>
internal readonly unsafe struct ChannelAffine(in ConvPrologue prologue)
{
    private readonly float* _scale = prologue.Scale is null ? null : (float*)prologue.Scale.Address;
    private readonly float* _shift = prologue.Shift is null ? null : (float*)prologue.Shift.Address;
    private readonly bool _relu = prologue.Relu;

    /// <summary>True when there is nothing to do.</summary>
    public bool IsNone => _scale == null && !_relu;

    /// <summary>Copies pixels from one place to another while applying it.</summary>
    public void Apply(float* from, float* to, int pixels, int channels)
    {
        if (IsNone) Buffer.MemoryCopy(from, to, (long)pixels * channels * sizeof(float), (long)pixels * channels * sizeof(float));
        else VectorLoops.Run(new Pixels(this, from, to, channels), 0, pixels);
    }

    /// <summary>What it does to channels <paramref name="c"/> and on, with their numbers in registers: for many pixels in turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes<V> Of<V>(nint c) where V : unmanaged, IVec<V> =>
        _scale == null ? new(V.Zero, V.Zero, false, _relu) : new(V.Load(_scale + c), V.Load(_shift + c), true, _relu);

    /// <summary>Applies it to all channels of one pixel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ApplyPixel<V>(float* from, float* to, int channels) where V : unmanaged, IVec<V> =>
        VectorLoops.Elements<Pixel, V>(new Pixel(this, from, to), 0, channels);

    /// <summary>The affine map of a few channels.</summary>
    public readonly struct Lanes<V>(V scale, V shift, bool scales, bool relu) where V : unmanaged, IVec<V>
    {
        /// <summary>Applies it.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply(V value)
        {
            if (scales) value = V.MultiplyAdd(value, scale, shift);
            return relu ? VectorMath.Relu(value) : value;
        }
    }

    private readonly struct Pixels(ChannelAffine affine, float* from, float* to, int channels) : IRangeKernel
    {
        public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
        {
            for (long p = start; p < end; p++) affine.ApplyPixel<V>(from + p * channels, to + p * channels, channels);
        }
    }

    private readonly struct Pixel(ChannelAffine affine, float* from, float* to) : IElementKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V> => affine.Of<V>(c).Apply(V.Load(from + c)).Store(to + c);
    }
}
