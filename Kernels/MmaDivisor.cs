using System.Numerics;
using System.Runtime.InteropServices;

namespace WrnEngine.Kernels;

/// <summary>
/// Twin of <c>Divisor</c> in <c>Common/mma_matrix.cuh</c>: x / d as x * multiplier >> shift for 0 &lt;= x &lt; 2^31. With 2^s the power of two from d on,
/// the multiplier is 2^(31 + s) / d rounded up; its error, below 1 of 2^31 at the least, never reaches the next quotient.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct MmaDivisor
{
    private readonly int _value;
    private readonly uint _multiplier;
    private readonly int _shift;

    /// <param name="value">At least 1.</param>
    public MmaDivisor(int value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
        _value = value;
        _shift = 31 + BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)value));
        _multiplier = (uint)(((1UL << _shift) + (ulong)value - 1) / (ulong)value);
    }

    /// <summary>What the device computes.</summary>
    public int Divide(int x) => (int)((ulong)(uint)x * _multiplier >> _shift);
}
