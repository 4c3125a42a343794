using System.Globalization;
using System.Text;

namespace WrnEngine.Kernels.Simulator.Ptx;

/// <summary>Cuts PTX text into tokens. Comments and blanks vanish.</summary>
internal sealed class Lexer(string text, string fileName)
{
    private int _at;
    private int _line = 1;

    public List<Token> Tokenize()
    {
        var tokens = new List<Token>(text.Length / 4);
        while (true)
        {
            SkipBlanks();
            if (_at >= text.Length)
            {
                tokens.Add(new Token(TokenKind.End, "end of file", _line));
                return tokens;
            }
            tokens.Add(Next());
        }
    }

    private Token Next()
    {
        char c = text[_at];
        if (IsNameStart(c))
        {
            return new Token(TokenKind.Identifier, TakeName(), _line);
        }
        if (c == '.' && _at + 1 < text.Length && IsNamePart(text[_at + 1]) && !(char.IsAsciiDigit(text[_at + 1]) && !FollowsName()))
        {
            _at++;
            int start = _at;
            while (_at < text.Length && (IsNamePart(text[_at]) || (text[_at] == ':' && Peek(1) == ':')))
            {
                _at += text[_at] == ':' ? 2 : 1;
            }
            return new Token(TokenKind.Directive, text[start..Math.Min(_at, text.Length)], _line);
        }
        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Peek(1))))
        {
            return Number();
        }
        if (c == '"')
        {
            return Quoted();
        }
        if ("{}()[]<>,;:@!|&+-*/%=~^?$_".Contains(c, StringComparison.Ordinal))
        {
            _at++;
            return new Token(TokenKind.Punctuation, c.ToString(), _line);
        }
        throw new PtxException("this character does not belong to PTX", fileName, _line, c.ToString());
    }

    private bool FollowsName() => _at > 0 && (IsNamePart(text[_at - 1]) || text[_at - 1] == '%');

    private char Peek(int ahead) => _at + ahead < text.Length ? text[_at + ahead] : '\0';

    private static bool IsNamePart(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$';

    private bool IsNameStart(char c) =>
        char.IsAsciiLetter(c)
        || (c is '_' or '$')
        || (c == '%' && (char.IsAsciiLetter(Peek(1)) || Peek(1) is '_' or '$'));

    private string TakeName()
    {
        int start = _at++;
        while (_at < text.Length && IsNamePart(text[_at]))
        {
            _at++;
        }
        return text[start.._at];
    }

    private void SkipBlanks()
    {
        while (_at < text.Length)
        {
            char c = text[_at];
            if (c == '\n')
            {
                _line++;
                _at++;
            }
            else if (char.IsWhiteSpace(c) || c == '\0')
            {
                _at++;
            }
            else if (c == '/' && Peek(1) == '/')
            {
                while (_at < text.Length && text[_at] != '\n')
                {
                    _at++;
                }
            }
            else if (c == '/' && Peek(1) == '*')
            {
                int opened = _line;
                _at += 2;
                while (!(_at < text.Length && text[_at] == '*' && Peek(1) == '/'))
                {
                    if (_at >= text.Length)
                    {
                        throw new PtxException("this comment is never closed", fileName, opened, "/*");
                    }
                    if (text[_at++] == '\n')
                    {
                        _line++;
                    }
                }
                _at += 2;
            }
            else
            {
                return;
            }
        }
    }

    private Token Quoted()
    {
        int line = _line;
        var value = new StringBuilder();
        for (_at++; _at < text.Length && text[_at] != '"'; _at++)
        {
            if (text[_at] == '\n')
            {
                break;
            }
            value.Append(text[_at]);
        }
        if (_at >= text.Length || text[_at] != '"')
        {
            throw new PtxException("this string is never closed", fileName, line, "\"");
        }
        _at++;
        return new Token(TokenKind.String, value.ToString(), line);
    }

    private Token Number()
    {
        int start = _at;
        if (text[_at] == '0' && Peek(1) is 'f' or 'F' or 'd' or 'D' && IsHexRun(_at + 2, Peek(1) is 'f' or 'F' ? 8 : 16))
        {
            bool single = Peek(1) is 'f' or 'F';
            int digits = single ? 8 : 16;
            ulong bits = ulong.Parse(text.AsSpan(_at + 2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            _at += 2 + digits;
            return new Token(single ? TokenKind.Float32 : TokenKind.Float64, text[start.._at], _line, bits);
        }
        while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] == '.' || (text[_at] is '+' or '-' && text[_at - 1] is 'e' or 'E' && !IsHex(start))))
        {
            _at++;
        }
        string digitsText = text[start.._at];
        if (ParseInteger(digitsText) is { } integer)
        {
            return new Token(TokenKind.Integer, digitsText, _line, integer);
        }
        if (!IsHex(start) && double.TryParse(digitsText, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double value))
        {
            return new Token(TokenKind.Float64, digitsText, _line, BitConverter.DoubleToUInt64Bits(value));
        }
        throw new PtxException("this is not a number", fileName, _line, digitsText);
    }

    private bool IsHex(int start) => text[start] == '0' && start + 1 < text.Length && text[start + 1] is 'x' or 'X';

    private bool IsHexRun(int from, int length)
    {
        if (from + length > text.Length)
        {
            return false;
        }
        for (int i = from; i < from + length; i++)
        {
            if (!char.IsAsciiHexDigit(text[i]))
            {
                return false;
            }
        }
        return from + length == text.Length || !char.IsAsciiHexDigit(text[from + length]);
    }

    private static ulong? ParseInteger(string digits)
    {
        ReadOnlySpan<char> span = digits;
        if (span[^1] is 'U' or 'u')
        {
            span = span[..^1];
        }
        int radix = 10;
        if (span.Length > 1 && span[0] == '0')
        {
            radix = span[1] is 'x' or 'X' ? 16 : span[1] is 'b' or 'B' ? 2 : 8;
            span = span[(radix == 8 ? 1 : 2)..];
        }
        if (span.Length == 0)
        {
            return null;
        }
        ulong value = 0;
        foreach (char c in span)
        {
            int digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : 99;
            if (digit >= radix)
            {
                return null;
            }
            UInt128 next = ((UInt128)value * (uint)radix) + (uint)digit;
            if (next > ulong.MaxValue)
            {
                return null;
            }
            value = (ulong)next;
        }
        return value;
    }
}
