using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>
/// The backward-input pass's epilogue: zeroes the gradient where relu(x * scale + shift) was not positive, then sums g and g * (x - mean) per
/// channel: the reductions of the batch norm's backward. <c>FirstStrip</c> is where this phase's cells begin.
/// </summary>
internal readonly unsafe struct GradInputEpilogue(in ConvBackwardEpilogue epilogue, StripSums? sums, int firstStrip) : IPixelEpilogue<GradInputEpilogue>
{
    /// <summary>Numbers per strip and channel: both sums.</summary>
    public const int Kinds = 2;

    private readonly float* _x = (float*)epilogue.X!.Address, _mean = (float*)epilogue.Mean!.Address;
    private readonly float* _scale = (float*)epilogue.Scale!.Address, _shift = (float*)epilogue.Shift!.Address;
    private readonly bool _relu = epilogue.Relu;
    private readonly StripSums? _sums = sums;
    private readonly int _firstStrip = firstStrip;

    private float* Gradients { get; init; }

    private float* Products { get; init; }

    public float* Reads => _x;

    public GradInputEpilogue Of(int strip, int pixels) =>
        _sums is null ? this : this with { Gradients = _sums.Cells(_firstStrip + strip, 0), Products = _sums.Cells(_firstStrip + strip, 1) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V value, nint at, nint c, in ChannelNumbers<V> numbers, ref V first, ref V second) where V : unmanaged, IVec<V>
    {
        var x = V.Load(_x + at + c);
        if (_relu) value = V.Select(V.LessOrEqual(V.MultiplyAdd(x, numbers.Scale, numbers.Shift), V.Zero), V.Zero, value);
        first += value;
        second = V.MultiplyAdd(value, x - numbers.Near, second);
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ChannelNumbers<V> NumbersOf<V>(nint c, V near) where V : unmanaged, IVec<V> => new(V.Load(_mean + c), V.Load(_scale + c), V.Load(_shift + c));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ChannelNumbers<V> Resume<V>(nint c, out V first, out V second) where V : unmanaged, IVec<V>
    {
        (first, second) = Gradients == null ? (V.Zero, V.Zero) : (V.Load(Gradients + c), V.Load(Products + c));
        return NumbersOf(c, V.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Keep<V>(nint c, in ChannelNumbers<V> numbers, V first, V second) where V : unmanaged, IVec<V>
    {
        if (Gradients == null) return;
        first.Store(Gradients + c);
        second.Store(Products + c);
    }
}
