using System.Numerics;
using System.Runtime.InteropServices;

namespace WrnEngine.Training.Data.Matlab;

/// <summary>Converts stored numbers to bytes. Files are little-endian, and so is every machine that .NET runs on here.</summary>
internal static class MatNumbers
{
    /// <summary>Bytes of a stored number; 0 for a type that stores none.</summary>
    public static int SizeOf(MatType type) => type switch
    {
        MatType.Int8 or MatType.UInt8 => 1,
        MatType.Int16 or MatType.UInt16 => 2,
        MatType.Int32 or MatType.UInt32 or MatType.Single => 4,
        MatType.Double or MatType.Int64 or MatType.UInt64 => 8,
        _ => 0,
    };

    /// <summary>Converts; the place of the first number that isn't a whole one from 0 to 255, or -1.</summary>
    public static int ToBytes(MatType type, ReadOnlySpan<byte> stored, Span<byte> values) => type switch
    {
        MatType.Int8 => Convert<sbyte>(stored, values),
        MatType.Int16 => Convert<short>(stored, values),
        MatType.UInt16 => Convert<ushort>(stored, values),
        MatType.Int32 => Convert<int>(stored, values),
        MatType.UInt32 => Convert<uint>(stored, values),
        MatType.Int64 => Convert<long>(stored, values),
        MatType.UInt64 => Convert<ulong>(stored, values),
        MatType.Single => Convert<float>(stored, values),
        MatType.Double => Convert<double>(stored, values),
        MatType.UInt8 => Convert<byte>(stored, values),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a type of numbers"),
    };

    private static int Convert<T>(ReadOnlySpan<byte> stored, Span<byte> values)
        where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<T> numbers = MemoryMarshal.Cast<byte, T>(stored);
        for (int i = 0; i < values.Length; i++)
        {
            byte value = byte.CreateSaturating(numbers[i]); // NaN becomes 0, and differs from it
            if (T.CreateTruncating(value) != numbers[i])
                return i;
            values[i] = value;
        }

        return -1;
    }
}
