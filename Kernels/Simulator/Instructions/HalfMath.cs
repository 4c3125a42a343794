using System.Runtime.CompilerServices;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>16-bit floats by way of double, which holds sums, products and fused products of them well enough to round once.</summary>
internal static class HalfMath
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double ToDouble(ulong raw, bool brain) =>
        brain ? BitConverter.UInt32BitsToSingle((uint)raw << 16) : (double)BitConverter.UInt16BitsToHalf((ushort)raw);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong FromDouble(double value, bool brain)
    {
        if (double.IsNaN(value))
        {
            return 0x7FFF;
        }
        return brain ? BrainFromDouble(value) : BitConverter.HalfToUInt16Bits((Half)value);
    }

    /// <summary>Round to nearest even from single precision to bf16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint BrainFromSingle(uint bits) =>
        (bits & 0x7FFF_FFFF) > 0x7F80_0000 ? 0x7FFF : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;

    public static float BrainToSingle(uint raw) => BitConverter.UInt32BitsToSingle(raw << 16);

    private static ulong BrainFromDouble(double value)
    {
        // Rounding to odd on the way keeps the second rounding honest.
        float single = (float)value;
        uint bits = BitConverter.SingleToUInt32Bits(single);
        if (single != value && !float.IsInfinity(single))
        {
            if (Math.Abs((double)single) > Math.Abs(value))
            {
                bits--;
            }
            bits |= 1;
        }
        return BrainFromSingle(bits);
    }

    public static ulong Flush(ulong raw, bool brain)
    {
        uint exponent = brain ? 0x7F80u : 0x7C00u;
        return (raw & exponent) == 0 ? raw & 0x8000 : raw;
    }

    public static bool IsNaN(ulong raw, bool brain) => (raw & 0x7FFF) > (brain ? 0x7F80u : 0x7C00u);
}
