namespace WrnEngine.Tensors;

/// <summary>The bits of bfloat16 numbers, which are the upper half of a float32, on the host.</summary>
public static class BFloat16
{
    private const ushort NaN = 0x7fff;

    /// <summary>The nearest bfloat16, ties to even; every NaN becomes 0x7fff, as on an NVIDIA GPU.</summary>
    public static ushort FromSingle(float x)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        return float.IsNaN(x) ? NaN : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>The same number as float32.</summary>
    public static float ToSingle(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
