using System.Buffers.Binary;
using System.Runtime.InteropServices;
using WrnEngine.Tensors;

namespace WrnEngine.Models.Safetensors;

/// <summary>
/// Floats as the bytes of a file, little-endian: F32 to the bit, F16 and BF16 rounded to the nearest, ties to even. Reading is exact.
/// </summary>
public static class FloatEncoding
{
    /// <summary>The types that floats can be written as and read from.</summary>
    public static IReadOnlyList<SafetensorsDType> Types { get; } = [SafetensorsDType.F32, SafetensorsDType.F16, SafetensorsDType.BF16];

    /// <summary>Encodes values.</summary>
    /// <exception cref="ArgumentException">The type is not a float type that this writes.</exception>
    /// <exception cref="OverflowException">A finite value is too large for the type.</exception>
    public static byte[] Encode(ReadOnlySpan<float> values, SafetensorsDType type)
    {
        if (type == SafetensorsDType.F32) return MemoryMarshal.AsBytes(values).ToArray();
        if (!Types.Contains(type)) throw Unknown(type);
        byte[] bytes = new byte[2 * values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            ushort bits = type == SafetensorsDType.F16 ? BitConverter.HalfToUInt16Bits((Half)values[i]) : BFloat16.FromSingle(values[i]);
            if (float.IsFinite(values[i]) && !float.IsFinite(ToSingle(bits, type))) throw new OverflowException($"the value {values[i]} is too large for {type}");
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), bits);
        }

        return bytes;
    }

    /// <summary>Decodes values.</summary>
    /// <exception cref="ArgumentException">The type is not a float type that this reads, or a value is cut off.</exception>
    public static float[] Decode(ReadOnlySpan<byte> bytes, SafetensorsDType type)
    {
        int size = type == SafetensorsDType.F32 ? sizeof(float) : Types.Contains(type) ? sizeof(ushort) : throw Unknown(type);
        if (bytes.Length % size != 0) throw new ArgumentException($"{bytes.Length} bytes are no whole number of values of {size}", nameof(bytes));
        if (size == sizeof(float)) return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        float[] values = new float[bytes.Length / size];
        for (int i = 0; i < values.Length; i++) values[i] = ToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]), type);
        return values;
    }

    private static float ToSingle(ushort bits, SafetensorsDType type) =>
        type == SafetensorsDType.F16 ? (float)BitConverter.UInt16BitsToHalf(bits) : BFloat16.ToSingle(bits);

    private static ArgumentException Unknown(SafetensorsDType type) => new($"{type} is not one of {string.Join(", ", Types)}", nameof(type));
}
