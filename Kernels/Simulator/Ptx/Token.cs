namespace WrnEngine.Kernels.Simulator.Ptx;

internal enum TokenKind
{
    End,

    /// <summary>A name: opcode, label, register (with its leading %), variable.</summary>
    Identifier,

    /// <summary>A dot and a name, such as <c>.global</c> or <c>.L1::evict_last</c>; the text holds the name without the dot.</summary>
    Directive,
    Integer,

    /// <summary>Single precision, written bit by bit (0f3F800000).</summary>
    Float32,
    Float64,
    String,
    Punctuation,
}

/// <summary>One token; <paramref name="Bits"/> is the value of a number (two's complement, or the bits of a float).</summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Line, ulong Bits = 0)
{
    public bool Is(char punctuation) => Kind == TokenKind.Punctuation && Text[0] == punctuation;

    public bool IsDirective(string name) => Kind == TokenKind.Directive && Text == name;
}
