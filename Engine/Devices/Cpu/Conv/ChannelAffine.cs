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

    /// <summary>Applies it to the numbers of channels <paramref name="c"/> and on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V value, nint c) where V : unmanaged, IVec<V>
    {
        if (_scale != null) value = V.MultiplyAdd(value, V.Load(_scale + c), V.Load(_shift + c));
        return _relu ? V.Select(V.LessThan(value, V.Zero), V.Zero, value) : value;
    }

    /// <summary>Applies it to all channels of one pixel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ApplyPixel<V>(float* from, float* to, int channels) where V : unmanaged, IVec<V> =>
        VectorLoops.Elements<Pixel, V>(new Pixel(this, from, to), 0, channels);

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
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V> => affine.Apply(V.Load(from + c), c).Store(to + c);
    }
}
