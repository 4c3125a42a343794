using System.Numerics;
using System.Runtime.InteropServices;

namespace WrnEngine.Kernels;

/// <summary>
/// Division of numbers below 2^31 by one that is known beforehand, without dividing: with 2^s the next power of two from the divisor d on and
/// m = floor(2^32 (2^s - d) / d) + 1, the quotient of n is (floor(n m / 2^32) + n) >> s (Granlund and Montgomery, "Division by invariant integers using
/// multiplication", 1994).
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct FastDivisor
{
    private readonly uint _divisor;
    private readonly uint _multiplier;
    private readonly int _shift;

    /// <summary>Prepares it; 0 is taken as 1, for sizes of empty tensors.</summary>
    public FastDivisor(int divisor)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(divisor);
        _divisor = (uint)Math.Max(divisor, 1);
        _shift = BitOperations.Log2(BitOperations.RoundUpToPowerOf2(_divisor));
        _multiplier = (uint)((((1ul << _shift) - _divisor) << 32) / _divisor + 1);
    }

    /// <summary>The quotient, as the kernels compute it.</summary>
    public int Divide(int value) => (int)(((uint)(((ulong)(uint)value * _multiplier) >> 32) + (uint)value) >> _shift);
}
