namespace WrnEngine.Kernels.Simulator.Ptx;

/// <summary>Operands of instructions.</summary>
internal sealed class OperandParser(TokenReader reader)
{
    private const int MaxNesting = 8;
    private readonly List<(PtxLabel From, PtxLabel To)> _redirections = [];

    public List<Operand> Operands(Scope scope, string opcode)
    {
        var operands = new List<Operand>();
        if (reader.Peek.Is(';'))
        {
            return operands;
        }
        do
        {
            operands.Add(Operand(scope, opcode, 0));
        }
        while (reader.Accept(','));
        return operands;
    }

    /// <summary>The label of a name, known or promised.</summary>
    public static PtxLabel LabelOf(Scope scope, Token name)
    {
        if (scope.Find(name.Text) is PtxLabel known)
        {
            return known;
        }
        if (!scope.Pending.TryGetValue(name.Text, out (PtxLabel Label, Token Token) pending))
        {
            pending = (new PtxLabel(name.Text), name);
            scope.Pending.Add(name.Text, pending);
        }
        return pending.Label;
    }

    public void Redirect(PtxLabel from, PtxLabel to) => _redirections.Add((from, to));

    /// <summary>Gives labels used in an inner scope the place they turned out to have in an outer one.</summary>
    public void ResolveRedirections()
    {
        for (int i = _redirections.Count - 1; i >= 0; i--)
        {
            _redirections[i].From.Index = _redirections[i].To.Index;
            _redirections[i].From.Targets = _redirections[i].To.Targets;
        }
    }

    private Operand Operand(Scope scope, string opcode, int depth)
    {
        Token token = reader.Peek;
        if (depth > MaxNesting)
        {
            reader.Fail("this operand is nested too deeply");
        }
        if (reader.Accept('{'))
        {
            return new Operand(OperandKind.Vector, token) { Elements = Elements(scope, opcode, '}', depth) };
        }
        if (opcode == "call" && reader.Accept('('))
        {
            return new Operand(OperandKind.List, token) { Elements = Elements(scope, opcode, ')', depth) };
        }
        if (reader.Accept('['))
        {
            return Address(scope, token);
        }
        if (token.Is('!') && reader.PeekAhead(1).Kind == TokenKind.Identifier)
        {
            reader.Next();
            return Name(scope, opcode) with { Negated = true };
        }
        if (token.Is('_') || token is { Kind: TokenKind.Identifier, Text: "_" })
        {
            reader.Next();
            return Paired(new Operand(OperandKind.Sink, token), scope, opcode, depth);
        }
        if (token.Kind == TokenKind.Identifier && token.Text != "WARP_SZ")
        {
            return Paired(Name(scope, opcode), scope, opcode, depth);
        }
        return Constant(token);
    }

    private Operand Paired(Operand first, Scope scope, string opcode, int depth)
    {
        if (!reader.Accept('|'))
        {
            return first;
        }
        return new Operand(OperandKind.Pair, first.Token) { Elements = [first, Operand(scope, opcode, depth + 1)] };
    }

    private List<Operand> Elements(Scope scope, string opcode, char close, int depth)
    {
        var elements = new List<Operand>();
        if (reader.Accept(close))
        {
            return elements;
        }
        do
        {
            elements.Add(Operand(scope, opcode, depth + 1));
        }
        while (reader.Accept(','));
        reader.Expect(close);
        return elements;
    }

    private Operand Constant(Token token)
    {
        bool negative = token.Is('-') && reader.PeekAhead(1).Kind is TokenKind.Float32 or TokenKind.Float64;
        if (negative)
        {
            reader.Next();
        }
        if (reader.Peek.Kind is TokenKind.Float32 or TokenKind.Float64)
        {
            Token number = reader.Next();
            bool single = number.Kind == TokenKind.Float32;
            ulong sign = single ? 0x8000_0000UL : 1UL << 63;
            return new Operand(single ? OperandKind.Float32 : OperandKind.Float64, number) { Bits = number.Bits ^ (negative ? sign : 0) };
        }
        return new Operand(OperandKind.Integer, token) { Bits = (ulong)reader.ConstantInteger() };
    }

    private Operand Name(Scope scope, string opcode)
    {
        Token name = reader.ExpectIdentifier("an operand");
        string text = name.Text;
        string selector = "";
        if (reader.Peek.Kind == TokenKind.Directive)
        {
            Token part = reader.Next();
            if (scope.Find(text + "." + part.Text) is PtxRegister component)
            {
                return new Operand(OperandKind.Register, name) { Register = component };
            }
            if (text[0] == '%' && SpecialRegisters.IsSpecial(text + "." + part.Text))
            {
                return new Operand(OperandKind.Special, name) { Name = text + "." + part.Text };
            }
            selector = part.Text;
        }
        object? symbol = scope.Find(text);
        if (symbol is PtxRegister register)
        {
            return new Operand(OperandKind.Register, name) { Register = register, Selector = selector };
        }
        if (selector.Length > 0)
        {
            throw reader.Error("this is no register with components", name);
        }
        if (text[0] == '%' && symbol is null)
        {
            return SpecialRegisters.IsSpecial(text)
                ? new Operand(OperandKind.Special, name) { Name = text }
                : throw reader.Error("this register is not declared", name);
        }
        if (symbol is null && opcode is "bra" or "brx")
        {
            symbol = LabelOf(scope, name);
        }
        long offset = 0;
        if (reader.Peek.Is('+') || reader.Peek.Is('-'))
        {
            offset = reader.ConstantInteger();
        }
        return new Operand(OperandKind.Symbol, name) { Name = text, Target = symbol, Offset = offset };
    }

    private Operand Address(Scope scope, Token token)
    {
        Operand inner;
        long offset = 0;
        if (reader.Peek.Kind == TokenKind.Identifier && reader.Peek.Text != "WARP_SZ")
        {
            inner = Name(scope, "");
            if (inner.Kind is not (OperandKind.Register or OperandKind.Symbol))
            {
                throw reader.Error("an address is a register or a variable", inner.Token);
            }
            offset = inner.Offset;
            if (reader.Peek.Is('+') || reader.Peek.Is('-'))
            {
                offset += reader.ConstantInteger();
            }
        }
        else
        {
            inner = Constant(reader.Peek);
        }
        if (reader.Peek.Is(','))
        {
            reader.Fail("coordinates of textures and tensor maps are not supported");
        }
        if (!reader.Accept(']'))
        {
            reader.Fail("this form of address is not supported");
        }
        return new Operand(OperandKind.Address, token) { Elements = [inner], Offset = offset };
    }
}
