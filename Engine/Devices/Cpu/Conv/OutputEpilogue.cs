using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>
/// The forward pass's epilogue: adds the residual, then sums the output's distances from the shift, and their squares, per channel
/// (<see cref="StripSums.Moments"/>). Both are optional.
/// </summary>
internal readonly unsafe struct OutputEpilogue(float* residual, StripSums? sums) : IPixelEpilogue<OutputEpilogue>
{
    /// <summary>Numbers per strip and channel: shift, sum of distances, sum of their squares.</summary>
    public const int Kinds = 3;

    private readonly float* _residual = residual;
    private readonly StripSums? _sums = sums;

    private float* Shifts { get; init; }

    private float* Distances { get; init; }

    private float* Squares { get; init; }

    public float* Reads => _residual;

    public OutputEpilogue Of(int strip, int pixels)
    {
        if (_sums is null) return this;
        _sums.SetPixels(strip, pixels);
        return this with { Shifts = _sums.Cells(strip, 0), Distances = _sums.Cells(strip, 1), Squares = _sums.Cells(strip, 2) };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V value, nint at, nint c, in ChannelNumbers<V> numbers, ref V first, ref V second) where V : unmanaged, IVec<V>
    {
        if (_residual != null) value += V.Load(_residual + at + c);
        var d = value - numbers.Near;
        first += d;
        second = V.MultiplyAdd(d, d, second);
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ChannelNumbers<V> NumbersOf<V>(nint c, V near) where V : unmanaged, IVec<V> => new(near, V.Zero, V.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ChannelNumbers<V> Resume<V>(nint c, out V first, out V second) where V : unmanaged, IVec<V>
    {
        (first, second) = Shifts == null ? (V.Zero, V.Zero) : (V.Load(Distances + c), V.Load(Squares + c));
        return NumbersOf(c, Shifts == null ? V.Zero : V.Load(Shifts + c));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Keep<V>(nint c, in ChannelNumbers<V> numbers, V first, V second) where V : unmanaged, IVec<V>
    {
        if (Shifts == null) return;
        numbers.Near.Store(Shifts + c);
        first.Store(Distances + c);
        second.Store(Squares + c);
    }
}
