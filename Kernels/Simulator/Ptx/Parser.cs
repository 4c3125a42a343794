namespace WrnEngine.Kernels.Simulator.Ptx;

/// <summary>The module level: directives, module variables, kernels and functions.</summary>
internal sealed class Parser
{
    private readonly TokenReader _reader;
    private readonly VariableParser _variables;
    private readonly Scope _scope = new(null);
    private readonly Dictionary<string, PtxFunction> _functions = [];

    public Parser(string text, string fileName)
    {
        _reader = new TokenReader(new Lexer(text, fileName).Tokenize(), fileName);
        _variables = new VariableParser(_reader);
    }

    public string Version { get; private set; } = "";

    public string Target { get; private set; } = "";

    /// <summary>Source files by their <c>.file</c> number.</summary>
    public Dictionary<int, string> Files { get; } = [];

    public List<PtxFunction> Functions { get; } = [];

    public List<PtxVariable> Variables { get; } = [];

    public void Parse()
    {
        while (_reader.Peek.Kind != TokenKind.End)
        {
            Statement();
        }
        if (Version.Length == 0)
        {
            throw new PtxException("there is no .version directive: this is not a PTX module", _reader.FileName, 1, "");
        }
    }

    private void Statement()
    {
        Token token = _reader.Next();
        if (token.Is(';'))
        {
            return;
        }
        if (token.Is('@'))
        {
            SkipLine(token.Line);
            return;
        }
        if (token.Kind != TokenKind.Directive)
        {
            throw _reader.Error("a directive such as .entry, .func or .global is expected here", token);
        }
        bool isExtern = false;
        while (token.Text is "extern" or "visible" or "weak" or "common")
        {
            isExtern |= token.Text == "extern";
            token = _reader.Next();
        }
        switch (token.Text)
        {
            case "version":
                Version = ReadVersion();
                break;
            case "target":
                Target = ReadTarget();
                break;
            case "address_size":
                if (_reader.ExpectInteger("the address size", 0, 1024) != 64)
                {
                    throw _reader.Error("only 64-bit addresses are supported", token);
                }
                break;
            case "file":
                ReadFile();
                break;
            case "section":
                SkipSection();
                break;
            case "pragma":
                SkipPragma();
                break;
            case "entry":
                Function(true);
                break;
            case "func":
                Function(false);
                break;
            case "loc":
                SkipLine(token.Line);
                break;
            case "alias":
                Alias();
                break;
            default:
                StateSpace space = VariableParser.SpaceOf(token.Text) ?? throw _reader.Error("this directive is not supported", token);
                if (space is StateSpace.Register or StateSpace.Local or StateSpace.Param)
                {
                    throw _reader.Error("this space has no module variables", token);
                }
                _variables.Declaration(space, isExtern, _scope, Variables);
                break;
        }
    }

    private string ReadVersion()
    {
        Token token = _reader.Next();
        if (token.Kind is not (TokenKind.Float64 or TokenKind.Integer) || !char.IsAsciiDigit(token.Text[0]) || token.Text[0] - '0' is < 1 or > 9)
        {
            throw _reader.Error("a version such as 7.5 is expected here", token);
        }
        return token.Text;
    }

    private string ReadTarget()
    {
        Token first = _reader.ExpectIdentifier("a target such as sm_80");
        if (!first.Text.StartsWith("sm_", StringComparison.Ordinal))
        {
            throw _reader.Error("a target such as sm_80 is expected here", first);
        }
        while (_reader.Accept(','))
        {
            _reader.ExpectIdentifier("a target option");
        }
        return first.Text;
    }

    private void ReadFile()
    {
        int number = (int)_reader.ExpectInteger("a file number", 0, int.MaxValue);
        Token name = _reader.Next();
        if (name.Kind != TokenKind.String)
        {
            throw _reader.Error("the name of a source file is expected here", name);
        }
        Files[number] = name.Text;
        while (_reader.Accept(','))
        {
            _reader.ConstantInteger();
        }
    }

    private void SkipSection()
    {
        while (!_reader.Peek.Is('{'))
        {
            if (_reader.Next().Kind == TokenKind.End)
            {
                _reader.Fail("a section needs a body in braces");
            }
        }
        Token open = _reader.Next();
        for (int depth = 1; depth > 0;)
        {
            Token token = _reader.Next();
            depth += token.Is('{') ? 1 : token.Is('}') ? -1 : 0;
            if (token.Kind == TokenKind.End)
            {
                throw _reader.Error("this section is never closed", open);
            }
        }
    }

    private void SkipPragma()
    {
        while (!_reader.Accept(';'))
        {
            Token token = _reader.Next();
            if (token.Kind is not TokenKind.String && !token.Is(','))
            {
                throw _reader.Error("a pragma is a string", token);
            }
        }
    }

    private void SkipLine(int line)
    {
        while (_reader.Peek.Kind != TokenKind.End && _reader.Peek.Line == line)
        {
            _reader.Next();
        }
    }

    private void Alias()
    {
        Token alias = _reader.ExpectIdentifier("the name of a function");
        _reader.Expect(',');
        Token aliasee = _reader.ExpectIdentifier("the name of a function");
        _reader.Expect(';');
        if (_scope.Find(aliasee.Text) is not PtxFunction function)
        {
            throw _reader.Error("an alias needs a function that is already declared", aliasee);
        }
        _scope.TryAdd(alias.Text, function);
        _functions[alias.Text] = function;
    }

    private void Function(bool isEntry)
    {
        var scope = new Scope(_scope);
        var results = new List<PtxVariable>();
        if (!isEntry && _reader.Accept('('))
        {
            ParameterList(scope, results);
        }
        Token name = _reader.ExpectIdentifier(isEntry ? "the name of a kernel" : "the name of a function");
        var function = new PtxFunction { Name = name.Text, IsEntry = isEntry, Line = name.Line };
        function.Results.AddRange(results);
        if (_reader.Accept('('))
        {
            ParameterList(scope, function.Parameters);
        }
        ReadPerformanceDirectives(function);
        if (_reader.Accept(';'))
        {
            Declare(name, function);
            return;
        }
        function.HasBody = true;
        PtxFunction declared = Declare(name, function);
        _reader.Expect('{');
        new FunctionParser(_reader, _variables, declared, scope).Body();
    }

    private PtxFunction Declare(Token name, PtxFunction function)
    {
        if (!_functions.TryGetValue(name.Text, out PtxFunction? earlier))
        {
            if (!_scope.TryAdd(name.Text, function))
            {
                throw _reader.Error("this name is declared twice", name);
            }
            function.Ordinal = Functions.Count;
            _functions.Add(name.Text, function);
            Functions.Add(function);
            return function;
        }
        if (earlier.HasBody && function.HasBody)
        {
            throw _reader.Error("this function is defined twice", name);
        }
        if (earlier.Parameters.Count != function.Parameters.Count || earlier.Results.Count != function.Results.Count || earlier.IsEntry != function.IsEntry)
        {
            throw _reader.Error("this function was declared with other parameters", name);
        }
        if (function.HasBody)
        {
            // Calls parsed so far hold the declaration: it becomes the definition.
            earlier.HasBody = true;
            earlier.Parameters.Clear();
            earlier.Parameters.AddRange(function.Parameters);
            earlier.Results.Clear();
            earlier.Results.AddRange(function.Results);
            (earlier.MaxThreads, earlier.RequiredThreads, earlier.MinBlocks) = (function.MaxThreads, function.RequiredThreads, function.MinBlocks);
        }
        return earlier;
    }

    private void ParameterList(Scope scope, List<PtxVariable> parameters)
    {
        if (_reader.Accept(')'))
        {
            return;
        }
        do
        {
            parameters.Add(_variables.Parameter(scope));
        }
        while (_reader.Accept(','));
        _reader.Expect(')');
    }

    private void ReadPerformanceDirectives(PtxFunction function)
    {
        while (_reader.Peek.Kind == TokenKind.Directive)
        {
            Token token = _reader.Next();
            switch (token.Text)
            {
                case "maxntid":
                    function.MaxThreads = Triple();
                    break;
                case "reqntid":
                    function.RequiredThreads = Triple();
                    break;
                case "minnctapersm":
                    function.MinBlocks = (int)_reader.ExpectInteger("the number of blocks", 0, 1024);
                    break;
                case "maxnreg" or "maxnctapersm" or "local_maxnreg":
                    _reader.ExpectInteger(token.Text, 0, 65536);
                    break;
                case "noreturn" or "unique" or "abi_preserve" or "abi_preserve_control":
                    break;
                case "pragma":
                    SkipPragma();
                    break;
                default:
                    throw _reader.Error("this directive of a kernel is not supported", token);
            }
        }
    }

    private int[] Triple()
    {
        int[] extent = [1, 1, 1];
        for (int i = 0; i < 3; i++)
        {
            extent[i] = (int)_reader.ExpectInteger("an extent of the block", 1, 1 << 20);
            if (!_reader.Accept(','))
            {
                break;
            }
        }
        return extent;
    }
}
