using System.Buffers.Binary;

namespace WrnEngine.Kernels.Simulator.Ptx;

/// <summary>Declarations of variables, registers and parameters, with their initial values.</summary>
internal sealed class VariableParser(TokenReader reader)
{
    private const long MaxVariableBytes = 1L << 31;
    private const int MaxRegisters = 1 << 20;

    public static StateSpace? SpaceOf(string directive) => directive switch
    {
        "reg" => StateSpace.Register,
        "global" => StateSpace.Global,
        "const" => StateSpace.Constant,
        "shared" => StateSpace.Shared,
        "local" => StateSpace.Local,
        "param" => StateSpace.Param,
        _ => null,
    };

    /// <summary>Parses the rest of a declaration, behind its state space, up to the semicolon; adds the names to <paramref name="scope"/>.</summary>
    public void Declaration(StateSpace space, bool isExtern, Scope scope, List<PtxVariable> into)
    {
        (PtxType type, int alignment, int vector) = Attributes();
        do
        {
            Token name = reader.ExpectIdentifier("the name of a variable");
            if (reader.Accept('<'))
            {
                int count = (int)reader.ExpectNumber("the number of registers", MaxRegisters);
                reader.Expect('>');
                if (space != StateSpace.Register)
                {
                    throw reader.Error("only registers can be declared as a numbered family", name);
                }
                if (!scope.TryAddFamily(name.Text, count, type))
                {
                    throw reader.Error("this family of registers is declared twice", name);
                }
                continue;
            }
            if (space == StateSpace.Register)
            {
                Register(scope, name, type, vector);
                continue;
            }
            PtxVariable variable = Variable(space, isExtern, name, type, alignment, vector);
            Add(scope, name, variable);
            into.Add(variable);
            if (reader.Accept('='))
            {
                Initializer(variable);
            }
        }
        while (reader.Accept(','));
        reader.Expect(';');
    }

    /// <summary>Parses one formal parameter, behind nothing: <c>.param .align 8 .b8 name[24]</c> or <c>.reg .u32 name</c>.</summary>
    public PtxVariable Parameter(Scope scope)
    {
        Token where = reader.Peek;
        StateSpace space = where.Kind == TokenKind.Directive ? SpaceOf(where.Text) ?? StateSpace.Generic : StateSpace.Generic;
        if (space is not (StateSpace.Param or StateSpace.Register))
        {
            reader.Fail("a parameter begins with .param or .reg");
        }
        reader.Next();
        (PtxType type, int alignment, int vector) = Attributes();
        Token name = reader.ExpectIdentifier("the name of a parameter");
        if (space == StateSpace.Register)
        {
            PtxRegister register = Register(scope, name, type, vector)!;
            return new PtxVariable
            {
                Name = name.Text,
                Space = StateSpace.Param,
                Type = type,
                Line = name.Line,
                Size = type.Size,
                Alignment = Math.Max(type.Size, 1),
                Register = register,
            };
        }
        PtxVariable variable = Variable(StateSpace.Param, false, name, type, alignment, vector);
        if (name.Text != "_")
        {
            Add(scope, name, variable);
        }
        return variable;
    }

    private (PtxType Type, int Alignment, int Vector) Attributes()
    {
        PtxType? type = null;
        int alignment = 0;
        int vector = 1;
        bool pointer = false;
        while (reader.Peek.Kind == TokenKind.Directive)
        {
            Token token = reader.Next();
            switch (token.Text)
            {
                case "align":
                    long value = reader.ExpectInteger("an alignment", 1, 1 << 20);
                    if ((value & (value - 1)) != 0)
                    {
                        throw reader.Error("an alignment is a power of two", token);
                    }
                    // The alignment behind .ptr speaks of what the parameter points to.
                    alignment = pointer ? alignment : (int)value;
                    break;
                case "v2": vector = 2; break;
                case "v4": vector = 4; break;
                case "v8": vector = 8; break;
                case "ptr": pointer = true; break;
                case "global" or "const" or "shared" or "local" or "param" when pointer: break;
                case "attribute":
                    SkipAttribute();
                    break;
                default:
                    type = PtxType.Find(token.Text) ?? throw reader.Error("this type is not supported", token);
                    break;
            }
        }
        if (type is null)
        {
            reader.Fail("a type is missing in this declaration");
        }
        return (type, alignment == 0 ? Math.Max(1, type.Size * vector) : alignment, vector);
    }

    private void SkipAttribute()
    {
        reader.Expect('(');
        int depth = 1;
        while (depth > 0)
        {
            Token token = reader.Next();
            depth += token.Is('(') ? 1 : token.Is(')') ? -1 : 0;
            if (token.Kind == TokenKind.End)
            {
                throw reader.Error("this attribute is never closed", token);
            }
        }
    }

    private PtxRegister? Register(Scope scope, Token name, PtxType type, int vector)
    {
        if (vector == 1)
        {
            var register = new PtxRegister(name.Text, type);
            Add(scope, name, register);
            return register;
        }
        string[] parts = ["x", "y", "z", "w"];
        for (int i = 0; i < Math.Min(vector, 4); i++)
        {
            Add(scope, name, new PtxRegister(name.Text + "." + parts[i], type), name.Text + "." + parts[i]);
        }
        return null;
    }

    private void Add(Scope scope, Token name, object symbol, string? text = null)
    {
        if (!scope.TryAdd(text ?? name.Text, symbol))
        {
            throw reader.Error("this name is declared twice", name);
        }
    }

    private PtxVariable Variable(StateSpace space, bool isExtern, Token name, PtxType type, int alignment, int vector)
    {
        if (type.Size == 0)
        {
            throw reader.Error("a predicate lives in a register, not in memory", name);
        }
        long size = (long)type.Size * vector;
        bool array = false;
        bool unsized = false;
        while (reader.Accept('['))
        {
            array = true;
            if (reader.Accept(']'))
            {
                unsized = true;
                continue;
            }
            long extent = reader.ExpectInteger("the extent of an array", 0, MaxVariableBytes);
            reader.Expect(']');
            size *= extent;
            if (size > MaxVariableBytes)
            {
                throw reader.Error("this variable is larger than 2 GiB", name);
            }
        }
        return new PtxVariable
        {
            Name = name.Text,
            Space = space,
            Type = type,
            Line = name.Line,
            Size = unsized ? 0 : size,
            Alignment = alignment,
            IsExtern = isExtern,
            IsArray = array,
        };
    }

    private void Initializer(PtxVariable variable)
    {
        if (variable.Space is not (StateSpace.Global or StateSpace.Constant))
        {
            reader.Fail("only global and constant variables can have an initial value");
        }
        variable.Initial = new byte[variable.Size];
        long at = 0;
        Value(variable, ref at, 0);
    }

    private void Value(PtxVariable variable, ref long at, int depth)
    {
        if (depth > 8)
        {
            reader.Fail("this initial value is nested too deeply");
        }
        if (reader.Accept('{'))
        {
            while (!reader.Accept('}'))
            {
                Value(variable, ref at, depth + 1);
                if (!reader.Accept(',') && !reader.Peek.Is('}'))
                {
                    reader.Fail("',' or '}' is missing in this initial value");
                }
            }
            return;
        }
        int size = variable.Type.Size;
        if (at + size > variable.Size)
        {
            reader.Fail("this initial value has more elements than the variable");
        }
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        Token token = reader.Peek;
        if (token.Kind == TokenKind.Identifier && token.Text != "WARP_SZ")
        {
            AddressValue(variable, (int)at, ulong.MaxValue);
        }
        else if (token.Kind == TokenKind.Integer && reader.PeekAhead(1).Is('('))
        {
            // 0xFF00(name): one byte of an address.
            reader.Next();
            reader.Expect('(');
            if (token.Bits == 0)
            {
                throw reader.Error("a mask has at least one bit", token);
            }
            AddressValue(variable, (int)at, token.Bits);
            reader.Expect(')');
        }
        else
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, Scalar(variable.Type));
            bytes[..size].CopyTo(variable.Initial.AsSpan((int)at));
        }
        at += size;
    }

    private ulong Scalar(PtxType type)
    {
        bool negative = reader.Peek.Is('-') && reader.PeekAhead(1).Kind is TokenKind.Float32 or TokenKind.Float64;
        if (negative)
        {
            reader.Next();
        }
        Token token = reader.Peek;
        if (token.Kind is TokenKind.Float32 or TokenKind.Float64)
        {
            reader.Next();
            return FloatLiteral.Encode(token, negative, type);
        }
        long value = reader.ConstantInteger();
        return type.IsFloat ? FloatLiteral.EncodeDouble(value, type) : (ulong)value;
    }

    private void AddressValue(PtxVariable variable, int at, ulong mask)
    {
        Token token = reader.Next();
        bool parenthesis = token.Text == "generic" && reader.Accept('(');
        if (parenthesis)
        {
            token = reader.ExpectIdentifier("the name of a variable");
            reader.Expect(')');
        }
        long addend = reader.Peek.Is('+') || reader.Peek.Is('-') ? reader.ConstantInteger() : 0;
        variable.Relocations.Add((at, token.Text, addend, mask, token.Line));
    }
}
