using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Metrics;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>Decodes a parsed module: functions first, then each kernel with what it can reach.</summary>
internal sealed class ModuleCode
{
    private readonly Dictionary<string, PtxVariable> _variables = [];
    private readonly Dictionary<PtxFunction, FunctionCode> _code = [];
    private readonly Dictionary<string, PtxFunction> _functions = [];
    private readonly Parser _parser;

    public ModuleCode(Parser parser, string fileName)
    {
        _parser = parser;
        FileName = fileName;
        foreach (PtxVariable variable in parser.Variables)
        {
            // An extern declaration gives way to the definition.
            if (!_variables.TryGetValue(variable.Name, out PtxVariable? known) || known.IsExtern)
            {
                _variables[variable.Name] = variable;
            }
        }
        foreach (PtxFunction function in parser.Functions)
        {
            _functions[function.Name] = function;
            if (function.HasBody)
            {
                _code.Add(function, new FunctionCode(function));
            }
        }
    }

    public string FileName { get; }

    public List<PtxEntry> Entries { get; } = [];

    public PtxVariable? FindVariable(string name) => _variables.GetValueOrDefault(name);

    public PtxFunction? FindFunction(string name) => _functions.GetValueOrDefault(name);

    /// <summary>The decoded function, or null for one that is only declared.</summary>
    public FunctionCode? CodeOf(PtxFunction function) => _code.GetValueOrDefault(function);

    public void Lower()
    {
        var layout = new RegisterLayout();
        foreach (PtxFunction function in _parser.Functions)
        {
            if (!function.IsEntry && function.HasBody)
            {
                new Lowering(this, layout, _code[function]).Run();
            }
        }
        FindRecursion();
        (int Top, int Bottom, int Count) mark = layout.Mark;
        foreach (PtxFunction function in _parser.Functions)
        {
            if (function.IsEntry && function.HasBody)
            {
                layout.Restore(mark);
                new Lowering(this, layout, _code[function]).Run();
                Entries.Add(MakeEntry(function, layout));
            }
        }
        int number = 0;
        foreach (FunctionCode code in _code.Values)
        {
            foreach (Instr instr in code.Instructions)
            {
                instr.SetNumber(number++);
            }
        }
    }

    private void FindRecursion()
    {
        foreach (FunctionCode code in _code.Values)
        {
            code.IsRecursive = code.CallsIndirectly || Reach(code.Callees).Contains(code);
        }
    }

    private static HashSet<FunctionCode> Reach(IEnumerable<FunctionCode> from)
    {
        var seen = new HashSet<FunctionCode>(from);
        var work = new Stack<FunctionCode>(seen);
        while (work.TryPop(out FunctionCode? code))
        {
            foreach (FunctionCode callee in code.Callees)
            {
                if (seen.Add(callee))
                {
                    work.Push(callee);
                }
            }
        }
        return seen;
    }

    private PtxEntry MakeEntry(PtxFunction function, RegisterLayout layout)
    {
        FunctionCode code = _code[function];
        HashSet<FunctionCode> reach = Reach([code]);
        if (reach.Any(static c => c.CallsIndirectly))
        {
            reach.UnionWith(_code.Values.Where(static c => !c.Function.IsEntry));
        }
        // A stable order, so that everything derived from it is the same in each run.
        FunctionCode[] reachable = [.. reach.OrderBy(static c => c.Function.Ordinal)];
        bool recursive = reachable.Any(static c => c.IsRecursive);
        bool stack = reachable.Any(static c => c.UsesStack);
        (Dictionary<PtxVariable, int> shared, int sharedBytes, bool dynamic) = PlaceShared(function, reachable);
        var program = new KernelProgram
        {
            Entry = code,
            Reachable = reachable,
            FileName = FileName,
            Files = _parser.Files,
            Functions = [.. _parser.Functions.Select(CodeOf)],
            RegisterBytes = layout.Top,
            ConstantBytes = -layout.Bottom,
            RegisterCount = layout.Count,
            SharedOffsets = shared,
            SharedBytes = sharedBytes,
            UsesDynamicShared = dynamic,
            LocalBytes = reachable.Sum(static c => c.LocalBytes) + (recursive ? 65536 : 0) + (stack ? StackInstructions.ReservedBytes : 0),
            UsesStack = stack,
            NeedsBlockOrder = reachable.Any(static c => c.Instructions.Any(static i => i is IOrderSensitive { IsOrderSensitive: true })),
            ParameterBytes = function.Parameters.Count == 0 ? 0 : function.Parameters[^1].Offset + (int)function.Parameters[^1].Size,
        };
        return new PtxEntry
        {
            Name = function.Name,
            Line = function.Line,
            Parameters = [.. function.Parameters.Select(static p => new PtxParameter(p.Name, p.Type.Name, (int)p.Size, p.Alignment, p.Offset))],
            Registers = RegisterPressure.Estimate(code),
            SharedBytes = sharedBytes,
            UsesDynamicShared = dynamic,
            LocalBytes = program.LocalBytes,
            ConstantBytes = (int)Math.Min(int.MaxValue, _variables.Values.Where(static v => v.Space == StateSpace.Constant).Sum(static v => v.Size)),
            MaxBlock = function.MaxThreads is { } most ? new Dim3(most[0], most[1], most[2]) : null,
            RequiredBlock = function.RequiredThreads is { } required ? new Dim3(required[0], required[1], required[2]) : null,
            MinBlocksPerSm = function.MinBlocks,
            InstructionCount = function.Instructions.Count,
            InstructionMix = Mix(function),
            Code = program,
        };
    }

    private static Dictionary<string, int> Mix(PtxFunction function)
    {
        var mix = new Dictionary<string, int>();
        foreach (PtxInstruction instruction in function.Instructions)
        {
            mix[instruction.FullName] = mix.GetValueOrDefault(instruction.FullName) + 1;
        }
        return mix;
    }

    private (Dictionary<PtxVariable, int> Offsets, int Bytes, bool Dynamic) PlaceShared(PtxFunction function, FunctionCode[] reachable)
    {
        var used = new HashSet<PtxVariable>(reachable.SelectMany(static c => c.SharedVariables));
        used.UnionWith(function.Shared);
        var offsets = new Dictionary<PtxVariable, int>();
        long at = 0;
        long dynamicAlignment = 1;
        bool dynamic = false;
        foreach (PtxVariable variable in used.OrderBy(static v => v.Line).ThenBy(static v => v.Name, StringComparer.Ordinal))
        {
            if (IsDynamic(variable))
            {
                dynamic = true;
                dynamicAlignment = Math.Max(dynamicAlignment, variable.Alignment);
                continue;
            }
            at = (at + variable.Alignment - 1) / variable.Alignment * variable.Alignment;
            offsets.Add(variable, (int)at);
            at += variable.Size;
            if (at > 1 << 20)
            {
                throw new PtxException("shared memory is limited to 227 KiB per block", FileName, variable.Line, variable.Name);
            }
        }
        if (dynamic)
        {
            at = (at + dynamicAlignment - 1) / dynamicAlignment * dynamicAlignment;
            foreach (PtxVariable variable in used.Where(IsDynamic))
            {
                offsets.Add(variable, (int)at);
            }
        }
        return (offsets, (int)at, dynamic);
    }

    private static bool IsDynamic(PtxVariable variable) => variable.IsExtern || (variable.IsArray && variable.Size == 0);
}

/// <summary>An instruction whose result can depend on the order of blocks.</summary>
internal interface IOrderSensitive
{
    bool IsOrderSensitive { get; }
}
