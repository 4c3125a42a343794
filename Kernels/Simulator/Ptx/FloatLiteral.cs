namespace WrnEngine.Kernels.Simulator.Ptx;

/// <summary>Bits of a literal in the type that needs it.</summary>
internal static class FloatLiteral
{
    public static ulong Encode(Token token, bool negative, PtxType type)
    {
        // A literal written bit by bit keeps its bits, NaN payload and all, when the size fits.
        if (token.Kind == TokenKind.Float32 && type.Size == 4)
        {
            return token.Bits ^ (negative ? 0x8000_0000u : 0);
        }
        if (token.Kind == TokenKind.Float64 && type.Size == 8)
        {
            return token.Bits ^ (negative ? 1UL << 63 : 0);
        }
        double value = token.Kind == TokenKind.Float32 ? BitConverter.UInt32BitsToSingle((uint)token.Bits) : BitConverter.UInt64BitsToDouble(token.Bits);
        return EncodeDouble(negative ? -value : value, type);
    }

    public static ulong EncodeDouble(double value, PtxType type) => type switch
    {
        { Size: 8 } => BitConverter.DoubleToUInt64Bits(value),
        { Size: 4 } => BitConverter.SingleToUInt32Bits((float)value),
        { IsBfloat: true } => BrainBits((float)value),
        _ => BitConverter.HalfToUInt16Bits((Half)value),
    };

    private static ulong BrainBits(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? 0x7FFFu : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    }
}
