using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace WrnEngine.Tools.PtxSim;

/// <summary>One `--arg`: a buffer, or a number.</summary>
internal abstract record KernelArgument(string Text)
{
    /// <summary>Reads `KIND:VALUE`.</summary>
    /// <exception cref="ToolException">It is none of the kinds, or the value does not fit.</exception>
    public static KernelArgument Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string kind = colon < 0 ? text : text[..colon];
        string value = colon < 0 ? "" : text[(colon + 1)..];
        return kind switch
        {
            _ when colon < 0 || value.Length == 0 => throw Wrong(text, "takes KIND:VALUE, as in in:x.bin or u32:7"),
            "in" => new BufferArgument(text, value, null, 0),
            "out" => Out(text, value),
            "inout" => InOut(text, value),
            "u8" or "u16" or "u32" or "u64" or "s8" or "s16" or "s32" or "s64" => IntegerArgument.Parse(text, kind, value),
            "f32" or "f64" => FloatArgument.Parse(text, kind, value),
            _ => throw Wrong(text, "has a kind that is none of in, out, inout, u8, u16, u32, u64, s8, s16, s32, s64, f32, f64"),
        };
    }

    internal static ToolException Wrong(string text, string why) => new(ExitCode.Usage, $"--arg {text} {why}.");

    private static BufferArgument Out(string text, string value)
    {
        int colon = value.LastIndexOf(':');
        return colon > 0 && long.TryParse(value[(colon + 1)..], NumberStyles.None, null, out long bytes) && bytes > 0
            ? new BufferArgument(text, null, value[..colon], bytes)
            : throw Wrong(text, "takes out:FILE:BYTES with a positive number of bytes");
    }

    private static BufferArgument InOut(string text, string value)
    {
        // A drive letter's colon separates nothing.
        int from = value.Length > 2 && char.IsAsciiLetter(value[0]) && value[1] == ':' && value[2] is '\\' or '/' ? 2 : 0;
        int colon = value.IndexOf(':', from);
        return colon > 0 && colon < value.Length - 1
            ? new BufferArgument(text, value[..colon], value[(colon + 1)..], 0)
            : throw Wrong(text, "takes inout:INFILE:OUTFILE");
    }
}

/// <summary>A device buffer: filled from a file or zeroed, written to a file afterwards or not.</summary>
internal sealed record BufferArgument(string Text, string? InFile, string? OutFile, long Bytes) : KernelArgument(Text);

/// <summary>An integer of a stated width; it goes into any integer parameter that can hold it.</summary>
internal sealed record IntegerArgument(string Text, BigInteger Value, int Size) : KernelArgument(Text)
{
    public static IntegerArgument Parse(string text, string kind, string value)
    {
        int bits = int.Parse(kind.AsSpan(1), CultureInfo.InvariantCulture);
        bool isHex = value.Length > 2 && value.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        bool isNumber = isHex
            ? BigInteger.TryParse("0" + value[2..], NumberStyles.AllowHexSpecifier, null, out BigInteger number)
            : BigInteger.TryParse(value, NumberStyles.AllowLeadingSign, null, out number);
        bool isSigned = kind[0] == 's';
        BigInteger least = isSigned ? -(BigInteger.One << (bits - 1)) : 0;
        BigInteger most = (BigInteger.One << (isSigned ? bits - 1 : bits)) - 1;
        if (!isNumber || number < least || number > most)
        {
            throw Wrong(text, $"is not a whole number from {least} to {most}");
        }

        return new IntegerArgument(text, number, bits / 8);
    }

    /// <summary>Whether <paramref name="size"/> bytes hold the value, signed or not.</summary>
    public bool FitsIn(int size) => Value >= -(BigInteger.One << (8 * size - 1)) && Value < BigInteger.One << (8 * size);

    public void Write(Span<byte> target)
    {
        target.Fill(Value.Sign < 0 ? (byte)0xFF : (byte)0);
        Span<byte> bytes = stackalloc byte[16];
        Value.TryWriteBytes(bytes, out int written);
        bytes[..Math.Min(written, target.Length)].CopyTo(target);
    }
}

/// <summary>A floating-point number.</summary>
internal sealed record FloatArgument(string Text, double Value, int Size) : KernelArgument(Text)
{
    public static FloatArgument Parse(string text, string kind, string value)
    {
        string spelled = value.TrimStart('+').ToLowerInvariant() switch
        {
            "inf" => "Infinity",
            "-inf" => "-Infinity",
            "nan" => "NaN",
            _ => value,
        };
        return double.TryParse(spelled, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? new FloatArgument(text, number, kind == "f32" ? 4 : 8)
            : throw Wrong(text, "is not a number; write it as in 0.5, -1e-3, inf or nan");
    }

    public void Write(Span<byte> target)
    {
        if (Size == 4)
        {
            BinaryPrimitives.WriteSingleLittleEndian(target, (float)Value);
        }
        else
        {
            BinaryPrimitives.WriteDoubleLittleEndian(target, Value);
        }
    }
}
