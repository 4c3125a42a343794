using WrnEngine.Kernels.Simulator.Instructions;

namespace WrnEngine.Kernels.Simulator.Ptx;

/// <summary>The body of one kernel or function.</summary>
internal sealed class FunctionParser(TokenReader reader, VariableParser variables, PtxFunction function, Scope parameters)
{
    private const int MaxDepth = 200;
    private readonly OperandParser _operands = new(reader);
    private SourceLocation? _location;

    /// <summary>Parses up to the brace that closes the body.</summary>
    public void Body() => Block(new Scope(parameters), 0);

    private void Block(Scope scope, int depth)
    {
        if (depth > MaxDepth)
        {
            reader.Fail("blocks are nested too deeply");
        }
        Token open = reader.Peek;
        while (!reader.Accept('}'))
        {
            Token token = reader.Peek;
            if (token.Kind == TokenKind.End)
            {
                throw reader.Error($"the body of {function.Name} is never closed", open);
            }
            if (reader.Accept('{'))
            {
                Block(new Scope(scope), depth + 1);
            }
            else if (!reader.Accept(';'))
            {
                Statement(scope, token);
            }
        }
        Close(scope, depth);
    }

    private void Statement(Scope scope, Token token)
    {
        if (token.Kind == TokenKind.Directive)
        {
            reader.Next();
            Directive(scope, token);
        }
        else if (token.Kind == TokenKind.Identifier && reader.PeekAhead(1).Is(':'))
        {
            reader.Next();
            reader.Next();
            Label(scope, token);
        }
        else
        {
            Instruction(scope);
        }
    }

    private void Directive(Scope scope, Token token)
    {
        switch (token.Text)
        {
            case "loc":
                int file = (int)reader.ExpectInteger("a file number", 0, int.MaxValue);
                int line = (int)reader.ExpectInteger("a line", 0, int.MaxValue);
                // Line 0 is code that the compiler made for no line in particular; the line before says more.
                _location = line == 0 && _location is { } before ? before : new SourceLocation(file, line);
                while (reader.Peek.Line == token.Line && reader.Peek.Kind != TokenKind.End)
                {
                    reader.Next();
                }
                return;
            case "pragma":
                while (!reader.Accept(';'))
                {
                    if (reader.Next().Kind == TokenKind.End)
                    {
                        throw reader.Error("this pragma is never closed", token);
                    }
                }
                return;
            case "param":
                // The storage of a call's arguments belongs to the scope only.
                variables.Declaration(StateSpace.Param, false, scope, function.Locals);
                return;
            case "reg":
                variables.Declaration(StateSpace.Register, false, scope, function.Locals);
                return;
            case "local":
                variables.Declaration(StateSpace.Local, false, scope, function.Locals);
                return;
            case "shared":
                variables.Declaration(StateSpace.Shared, false, scope, function.Shared);
                return;
            case "extern" when reader.AcceptDirective("shared"):
                variables.Declaration(StateSpace.Shared, true, scope, function.Shared);
                return;
            default:
                throw reader.Error("this directive is not supported inside a function", token);
        }
    }

    private void Label(Scope scope, Token name)
    {
        if (reader.AcceptDirective("callprototype"))
        {
            Prototype(scope, name);
            return;
        }
        if (reader.AcceptDirective("calltargets"))
        {
            while (!reader.Accept(';'))
            {
                if (reader.Next().Kind == TokenKind.End)
                {
                    throw reader.Error("this list of call targets is never closed", name);
                }
            }
            return;
        }
        if (reader.AcceptDirective("branchtargets"))
        {
            var targets = new List<PtxLabel>();
            do
            {
                targets.Add(OperandParser.LabelOf(scope, reader.ExpectIdentifier("a label")));
            }
            while (reader.Accept(','));
            reader.Expect(';');
            Declare(scope, name).Targets = targets;
            return;
        }
        Declare(scope, name).Index = function.Instructions.Count;
    }

    private PtxLabel Declare(Scope scope, Token name)
    {
        PtxLabel label = scope.Pending.Remove(name.Text, out (PtxLabel Label, Token Token) pending) ? pending.Label : new PtxLabel(name.Text);
        if (!scope.TryAdd(name.Text, label))
        {
            throw reader.Error("this name is declared twice", name);
        }
        return label;
    }

    private void Prototype(Scope scope, Token name)
    {
        var prototype = new PtxFunction { Name = name.Text, IsEntry = false, Line = name.Line };
        var inner = new Scope(null);
        if (reader.Accept('('))
        {
            Formals(inner, prototype.Results);
        }
        reader.ExpectIdentifier("'_'");
        if (reader.Accept('('))
        {
            Formals(inner, prototype.Parameters);
        }
        while (reader.Peek.Kind == TokenKind.Directive)
        {
            reader.Next();
        }
        reader.Expect(';');
        scope.TryAdd(name.Text, prototype);
    }

    private void Formals(Scope scope, List<PtxVariable> into)
    {
        while (!reader.Accept(')'))
        {
            into.Add(variables.Parameter(scope));
            if (!reader.Accept(',') && !reader.Peek.Is(')'))
            {
                reader.Fail("',' or ')' is missing in this prototype");
            }
        }
    }

    private void Instruction(Scope scope)
    {
        PtxRegister? guard = null;
        bool negated = false;
        if (reader.Accept('@'))
        {
            negated = reader.Accept('!');
            Token name = reader.ExpectIdentifier("a predicate");
            guard = scope.Find(name.Text) as PtxRegister;
            if (guard is not { IsPredicate: true })
            {
                throw reader.Error("a guard must be a declared predicate register", name);
            }
        }
        Token opcode = reader.ExpectIdentifier("an instruction");
        var modifiers = new List<string>();
        while (reader.Peek.Kind == TokenKind.Directive)
        {
            modifiers.Add(reader.Next().Text);
        }
        if (!InstructionSet.Knows(opcode.Text))
        {
            // Before its operands, which may have forms of their own.
            throw reader.Error("this instruction is not supported", opcode with { Text = string.Join('.', [opcode.Text, .. modifiers]) });
        }
        List<Operand> operands = _operands.Operands(scope, opcode.Text);
        if (!reader.Accept(';'))
        {
            reader.Fail("';' is missing behind this instruction");
        }
        function.Instructions.Add(new PtxInstruction
        {
            Opcode = opcode.Text,
            Modifiers = modifiers,
            Operands = operands,
            Line = opcode.Line,
            Guard = guard,
            GuardNegated = negated,
            Location = _location,
        });
    }

    private void Close(Scope scope, int depth)
    {
        foreach ((string name, (PtxLabel label, Token token)) in scope.Pending)
        {
            if (depth == 0)
            {
                throw reader.Error("there is no such label", token);
            }
            // An outer scope may have it already, or will have it further down.
            Scope outer = scope.Parent!;
            if (outer.Find(name) is PtxLabel known)
            {
                _operands.Redirect(label, known);
            }
            else if (outer.Pending.TryGetValue(name, out (PtxLabel Label, Token Token) other))
            {
                _operands.Redirect(label, other.Label);
            }
            else
            {
                outer.Pending.Add(name, (label, token));
            }
        }
        if (depth == 0)
        {
            _operands.ResolveRedirections();
        }
    }
}
