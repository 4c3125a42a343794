using System.Diagnostics.CodeAnalysis;

namespace WrnEngine.Kernels.Simulator.Ptx;

/// <summary>A cursor over tokens, with the errors and constant expressions that every part of the parser needs.</summary>
internal sealed class TokenReader(List<Token> tokens, string fileName)
{
    private const int MaxNesting = 64;
    private int _at;
    private int _nesting;

    public string FileName => fileName;

    public Token Peek => tokens[_at];

    public Token PeekAhead(int count) => tokens[Math.Min(_at + count, tokens.Count - 1)];

    public Token Next() => tokens[_at].Kind == TokenKind.End ? tokens[_at] : tokens[_at++];

    public bool Accept(char punctuation)
    {
        if (!Peek.Is(punctuation))
        {
            return false;
        }
        _at++;
        return true;
    }

    public void Expect(char punctuation)
    {
        if (!Accept(punctuation))
        {
            Fail($"'{punctuation}' is missing here");
        }
    }

    public bool AcceptDirective(string name)
    {
        if (!Peek.IsDirective(name))
        {
            return false;
        }
        _at++;
        return true;
    }

    public Token ExpectIdentifier(string what)
    {
        Token token = Next();
        if (token.Kind != TokenKind.Identifier)
        {
            throw Error($"{what} is expected here", token);
        }
        return token;
    }

    public long ExpectInteger(string what, long min, long max)
    {
        Token token = Peek;
        long value = ConstantInteger();
        if (value < min || value > max)
        {
            throw Error($"{what} must be between {min} and {max}", token);
        }
        return value;
    }

    /// <summary>A bare number, where an expression would swallow the '>' behind it.</summary>
    public long ExpectNumber(string what, long max)
    {
        Token token = Next();
        return token.Kind == TokenKind.Integer && token.Bits <= (ulong)max ? (long)token.Bits : throw Error($"{what} must be between 0 and {max}", token);
    }

    [DoesNotReturn]
    public void Fail(string message) => throw Error(message, Peek);

    public PtxException Error(string message, Token token) => new(message, fileName, token.Line, token.Text);

    /// <summary>Evaluates a constant integer expression with C's operators and precedence, in 64 bits.</summary>
    public long ConstantInteger() => Conditional();

    private long Conditional()
    {
        long condition = Binary(0);
        if (!Accept('?'))
        {
            return condition;
        }
        long yes = Conditional();
        Expect(':');
        long no = Conditional();
        return condition != 0 ? yes : no;
    }

    private static readonly string[][] Levels = [["||"], ["&&"], ["|"], ["^"], ["&"], ["==", "!="], ["<=", ">=", "<", ">"], ["<<", ">>"], ["+", "-"], ["*", "/", "%"]];

    private long Binary(int level)
    {
        if (level == Levels.Length)
        {
            return Unary();
        }
        long left = Binary(level + 1);
        while (AcceptOperator(level) is { } op)
        {
            Token at = Peek;
            long right = Binary(level + 1);
            left = op switch
            {
                "||" => left != 0 || right != 0 ? 1 : 0,
                "&&" => left != 0 && right != 0 ? 1 : 0,
                "|" => left | right,
                "^" => left ^ right,
                "&" => left & right,
                "==" => left == right ? 1 : 0,
                "!=" => left != right ? 1 : 0,
                "<=" => left <= right ? 1 : 0,
                ">=" => left >= right ? 1 : 0,
                "<" => left < right ? 1 : 0,
                ">" => left > right ? 1 : 0,
                "<<" => left << (int)right,
                ">>" => left >> (int)right,
                "+" => left + right,
                "-" => left - right,
                "*" => left * right,
                _ when right == 0 => throw Error("a constant is divided by zero", at),
                "/" => right == -1 ? -left : left / right,
                _ => right == -1 ? 0 : left % right,
            };
        }
        return left;
    }

    private string? AcceptOperator(int level)
    {
        foreach (string op in Levels[level])
        {
            bool matches = Peek.Is(op[0]) && (op.Length == 1 || PeekAhead(1).Is(op[1]));
            // "a < b" must not swallow the first half of "a << b", nor "&" that of "&&".
            if (matches && op.Length == 1 && "<>&|".Contains(op[0], StringComparison.Ordinal) && PeekAhead(1).Is(op[0]))
            {
                matches = false;
            }
            if (matches)
            {
                _at += op.Length;
                return op;
            }
        }
        return null;
    }

    private long Unary()
    {
        if (++_nesting > MaxNesting)
        {
            Fail("this expression is nested too deeply");
        }
        try
        {
            if (Accept('-'))
            {
                return -Unary();
            }
            if (Accept('+'))
            {
                return Unary();
            }
            if (Accept('~'))
            {
                return ~Unary();
            }
            if (Accept('!'))
            {
                return Unary() == 0 ? 1 : 0;
            }
            if (Accept('('))
            {
                if (AcceptDirective("s64") || AcceptDirective("u64"))
                {
                    Expect(')');
                    return Unary();
                }
                long value = ConstantInteger();
                Expect(')');
                return value;
            }
            Token token = Next();
            return token.Kind == TokenKind.Integer ? (long)token.Bits
                : token is { Kind: TokenKind.Identifier, Text: "WARP_SZ" } ? 32
                : throw Error("an integer constant is expected here", token);
        }
        finally
        {
            _nesting--;
        }
    }
}
