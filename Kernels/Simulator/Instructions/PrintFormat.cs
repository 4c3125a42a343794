using System.Globalization;
using System.Text;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>C's <c>printf</c> formats, as the device's <c>printf</c> knows them.</summary>
internal static class PrintFormat
{
    /// <summary>Reads the next argument: its size and alignment.</summary>
    public delegate ulong NextArgument(int size, int alignment);

    /// <param name="pattern">The format string.</param>
    /// <param name="next">Gives the arguments in order.</param>
    /// <param name="text">Reads a string argument.</param>
    /// <param name="count">Number of arguments printed.</param>
    public static string Format(string pattern, NextArgument next, Func<ulong, string> text, out int count)
    {
        var result = new StringBuilder();
        count = 0;
        for (int i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] != '%')
            {
                result.Append(pattern[i]);
                continue;
            }
            int start = i++;
            string flags = Take(pattern, ref i, "-+ #0");
            int width = Number(pattern, ref i, next);
            if (width < 0)
            {
                flags += "-";
                width = -width;
            }
            int precision = -1;
            if (i < pattern.Length && pattern[i] == '.')
            {
                i++;
                precision = Number(pattern, ref i, next);
            }
            string length = Take(pattern, ref i, "hlLqjzt");
            if (i >= pattern.Length)
            {
                result.Append(pattern, start, pattern.Length - start);
                break;
            }
            if (pattern[i] == '%')
            {
                result.Append('%');
                continue;
            }
            string? item = Item(pattern[i], flags, precision, length, next, text);
            if (item is null)
            {
                result.Append(pattern, start, i - start + 1);
                continue;
            }
            count++;
            result.Append(Pad(item, flags, Math.Min(width, 4096), pattern[i], precision));
        }
        return result.ToString();
    }

    private static string Take(string pattern, ref int i, string allowed)
    {
        int start = i;
        while (i < pattern.Length && allowed.Contains(pattern[i], StringComparison.Ordinal))
        {
            i++;
        }
        return pattern[start..i];
    }

    private static int Number(string pattern, ref int i, NextArgument next)
    {
        if (i < pattern.Length && pattern[i] == '*')
        {
            i++;
            return (int)next(4, 4);
        }
        int value = 0;
        while (i < pattern.Length && char.IsAsciiDigit(pattern[i]))
        {
            value = Math.Min((value * 10) + pattern[i++] - '0', 4096);
        }
        return value;
    }

    private static string? Item(char conversion, string flags, int precision, string length, NextArgument next, Func<ulong, string> text)
    {
        bool wide = length is "l" or "ll" or "q" or "j" or "z" or "t";
        switch (conversion)
        {
            case 'd' or 'i':
                long value = wide ? (long)next(8, 8) : (int)next(4, 4);
                value = length == "hh" ? (sbyte)value : length == "h" ? (short)value : value;
                string digits = value == long.MinValue ? "9223372036854775808" : Math.Abs(value).ToString(CultureInfo.InvariantCulture);
                return Sign(value < 0, flags) + digits.PadLeft(Math.Max(precision, 0), '0');
            case 'u' or 'x' or 'X' or 'o':
                ulong bits = wide ? next(8, 8) : (uint)next(4, 4);
                bits = length == "hh" ? (byte)bits : length == "h" ? (ushort)bits : bits;
                string plain = conversion switch
                {
                    'u' => bits.ToString(CultureInfo.InvariantCulture),
                    'x' => bits.ToString("x", CultureInfo.InvariantCulture),
                    'X' => bits.ToString("X", CultureInfo.InvariantCulture),
                    _ => Octal(bits),
                };
                string prefix = flags.Contains('#') && bits != 0 ? conversion switch { 'x' => "0x", 'X' => "0X", 'o' => "0", _ => "" } : "";
                return prefix + plain.PadLeft(Math.Max(precision, 0), '0');
            case 'c':
                return ((char)(byte)next(4, 4)).ToString();
            case 's':
                string s = text(next(8, 8));
                return precision >= 0 && precision < s.Length ? s[..precision] : s;
            case 'p':
                return "0x" + next(8, 8).ToString("x", CultureInfo.InvariantCulture);
            case 'f' or 'F' or 'e' or 'E' or 'g' or 'G' or 'a' or 'A':
                return Float(BitConverter.UInt64BitsToDouble(next(8, 8)), conversion, flags, precision);
            default:
                return null;
        }
    }

    private static string Octal(ulong bits)
    {
        var digits = new StringBuilder();
        do
        {
            digits.Insert(0, (char)('0' + (int)(bits & 7)));
            bits >>= 3;
        }
        while (bits != 0);
        return digits.ToString();
    }

    private static string Sign(bool negative, string flags) => negative ? "-" : flags.Contains('+') ? "+" : flags.Contains(' ') ? " " : "";

    private static string Float(double value, char conversion, string flags, int precision)
    {
        string sign = Sign(double.IsNegative(value) && !double.IsNaN(value), flags);
        bool upper = char.IsUpper(conversion);
        if (double.IsNaN(value) || double.IsInfinity(value))
        {
            string name = double.IsNaN(value) ? "nan" : "inf";
            return sign + (upper ? name.ToUpperInvariant() : name);
        }
        value = Math.Abs(value);
        precision = precision < 0 ? 6 : precision;
        string digits = char.ToLowerInvariant(conversion) switch
        {
            'f' => value.ToString("F" + precision, CultureInfo.InvariantCulture),
            'e' => Exponent(value, precision),
            'a' => value.ToString("R", CultureInfo.InvariantCulture),
            _ => General(value, Math.Max(precision, 1), flags.Contains('#')),
        };
        return sign + (upper ? digits.ToUpperInvariant() : digits);
    }

    private static string Exponent(double value, int precision) =>
        value.ToString((precision == 0 ? "0" : "0." + new string('0', precision)) + "e+00", CultureInfo.InvariantCulture);

    private static string General(double value, int precision, bool keepZeros)
    {
        string scientific = Exponent(value, precision - 1);
        int exponent = value == 0 ? 0 : int.Parse(scientific.AsSpan(scientific.IndexOf('e', StringComparison.Ordinal) + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        bool fixedPoint = exponent >= -4 && exponent < precision;
        string digits = fixedPoint ? value.ToString("F" + Math.Max(precision - 1 - exponent, 0), CultureInfo.InvariantCulture) : scientific;
        if (keepZeros || !digits.Contains('.', StringComparison.Ordinal))
        {
            return digits;
        }
        int e = digits.IndexOf('e', StringComparison.Ordinal);
        string mantissa = (e < 0 ? digits : digits[..e]).TrimEnd('0').TrimEnd('.');
        return e < 0 ? mantissa : mantissa + digits[e..];
    }

    private static string Pad(string item, string flags, int width, char conversion, int precision)
    {
        if (item.Length >= width)
        {
            return item;
        }
        if (flags.Contains('-'))
        {
            return item.PadRight(width);
        }
        bool zero = flags.Contains('0') && conversion is not ('c' or 's' or 'p') && !(precision >= 0 && conversion is 'd' or 'i' or 'u' or 'x' or 'X' or 'o');
        if (!zero)
        {
            return item.PadLeft(width);
        }
        int head = item.Length > 0 && item[0] is '-' or '+' or ' ' ? 1 : 0;
        head += item.Length > head + 1 && item[head] == '0' && item[head + 1] is 'x' or 'X' ? 2 : 0;
        return item[..head] + new string('0', width - item.Length) + item[head..];
    }
}
