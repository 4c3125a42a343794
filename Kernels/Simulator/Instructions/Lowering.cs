using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>Decodes one function: operands become places in the register file, each PTX instruction one or a few <see cref="Instr"/>.</summary>
internal sealed partial class Lowering
{
    private readonly ModuleCode _module;
    private readonly RegisterLayout _layout;
    private readonly PtxFunction _function;
    private readonly List<Instr> _code = [];
    private readonly Dictionary<(int Size, ulong Bits, PtxVariable? Symbol), int> _constants = [];
    private readonly List<int> _reads = [];
    private readonly List<int> _writes = [];
    private ControlFlow _flow = null!;

    public Lowering(ModuleCode module, RegisterLayout layout, FunctionCode code)
    {
        _module = module;
        _layout = layout;
        _function = code.Function;
        Code = code;
    }

    public FunctionCode Code { get; }

    /// <summary>The instruction being decoded.</summary>
    public PtxInstruction Current { get; private set; } = null!;

    public ControlFlow Flow => _flow;

    public int CurrentIndex { get; private set; }

    public ModuleCode Module => _module;

    public PtxFunction Function => _function;

    public void Run()
    {
        Code.RegisterStart = _layout.Top;
        _layout.NewFunction();
        PlaceVariables();
        var flow = new ControlFlow(_function);
        _flow = flow;
        var meeting = new HashSet<int>();
        int count = _function.Instructions.Count;
        for (int i = 0; i < count; i++)
        {
            if (_function.Instructions[i].Opcode is "bra" or "brx" && flow.ReconvergenceOf(i) is >= 0 and int at)
            {
                meeting.Add(at);
            }
        }
        var starts = new int[count + 1];
        for (int i = 0; i < count; i++)
        {
            Current = _function.Instructions[i];
            CurrentIndex = i;
            starts[i] = _code.Count;
            if (meeting.Contains(i))
            {
                _code.Add(new JoinInstr { Source = Current });
            }
            InstructionSet.Lower(this, Current);
        }
        starts[count] = _code.Count;
        PtxInstruction end = count > 0 ? _function.Instructions[^1] : new PtxInstruction { Opcode = "ret", Modifiers = [], Operands = [], Line = _function.Line };
        _code.Add(new ReturnInstr { Source = end });
        foreach (Instr instr in _code)
        {
            Resolve(instr, starts);
        }
        Code.Instructions = [.. _code];
        Code.RegisterEnd = _layout.Top;
    }

    public PtxException Error(string message, string token) => new(message, _module.FileName, Current.Line, token);

    public PtxException Error(string message, Operand operand) => new(message, _module.FileName, operand.Token.Line, operand.Token.Text);

    /// <summary>Appends an instruction under the current guard.</summary>
    public T Emit<T>(T instr, InstrClass kind, bool propagates = false, int flops = 0)
        where T : Instr
    {
        if (Current.Guard is { } guard)
        {
            instr.HasGuard = true;
            instr.GuardSlot = Slot(guard);
            instr.GuardFlip = Current.GuardNegated ? uint.MaxValue : 0;
            _reads.Add(guard.Index);
        }
        instr.Class = kind;
        instr.Propagates = propagates;
        instr.Flops = flops;
        instr.Reads = [.. _reads];
        instr.Writes = [.. _writes];
        _reads.Clear();
        _writes.Clear();
        _code.Add(instr);
        return instr;
    }

    public int Slot(PtxRegister register)
    {
        if (register.Slot < 0)
        {
            register.Slot = _layout.Allocate(register.Type.Size);
            register.Index = _layout.NextIndex();
            Code.Slots.Add((register.Slot, register.Type.Size));
        }
        return register.Slot;
    }

    /// <summary>A register nobody can name.</summary>
    public int Temporary(int size)
    {
        int slot = _layout.Allocate(size);
        Code.Slots.Add((slot, size));
        return slot;
    }

    public int Constant(ulong bits, int size, PtxVariable? symbol = null)
    {
        bits = size switch
        {
            0 => bits != 0 ? 1UL : 0,
            1 => (byte)bits,
            2 => (ushort)bits,
            4 => (uint)bits,
            _ => bits,
        };
        if (!_constants.TryGetValue((size, bits, symbol), out int slot))
        {
            slot = _layout.AllocateConstant(size);
            _constants.Add((size, bits, symbol), slot);
            Code.Constants.Add(new ConstantSlot(slot, size, bits, symbol));
            if (symbol is { Space: StateSpace.Shared })
            {
                Code.SharedVariables.Add(symbol);
            }
        }
        return slot;
    }

    /// <summary>The place of a source operand of a given type.</summary>
    /// <param name="operand">Register, immediate, special register or symbol.</param>
    /// <param name="type">Type the instruction reads it with.</param>
    /// <param name="widerAllowed">Whether a larger register may stand here, of which the low bits are read.</param>
    public int Source(Operand operand, PtxType type, bool widerAllowed = false)
    {
        if (operand.Negated)
        {
            throw Error("only predicates can be negated", operand);
        }
        switch (operand.Kind)
        {
            case OperandKind.Register:
                PtxRegister register = operand.Register!;
                if (register.IsPredicate != (type.Kind == TypeKind.Predicate) || (register.Type.Size != type.Size && !(widerAllowed && register.Type.Size > type.Size)))
                {
                    throw Error($"the register is {register.Type}, the instruction reads {type}", operand);
                }
                if (operand.Selector.Length > 0)
                {
                    throw Error("selectors are not supported here", operand);
                }
                int slot = Slot(register);
                _reads.Add(register.Index);
                return slot;
            case OperandKind.Special:
                return Special(operand, type);
            case OperandKind.Symbol:
                return SymbolAddress(operand, type);
            case OperandKind.Integer:
            case OperandKind.Float32:
            case OperandKind.Float64:
                return Constant(Immediate(operand, type), type.Size);
            default:
                throw Error("this form of operand is not allowed here", operand);
        }
    }

    /// <summary>The bits of an immediate in a type.</summary>
    public static ulong Immediate(Operand operand, PtxType type)
    {
        if (operand.Kind == OperandKind.Integer)
        {
            return type.IsFloat && type.Size >= 4 && !type.IsPacked ? FloatLiteral.EncodeDouble((long)operand.Bits, type) : operand.Bits;
        }
        TokenKind kind = operand.Kind == OperandKind.Float32 ? TokenKind.Float32 : TokenKind.Float64;
        return FloatLiteral.Encode(new Token(kind, operand.Token.Text, operand.Token.Line, operand.Bits), false, type.IsInteger ? (type.Size == 8 ? PtxType.Get("f64") : type.Size == 4 ? PtxType.Get("f32") : PtxType.Get("f16")) : type);
    }

    /// <summary>An operand that must be an integer known now.</summary>
    public long IntegerConstant(Operand operand) =>
        operand.Kind == OperandKind.Integer ? (long)operand.Bits : throw Error("an integer constant is expected here", operand);

    /// <summary>The place of a destination register of a given type.</summary>
    public int Destination(Operand operand, PtxType type, bool widerAllowed = false)
    {
        if (operand.Kind == OperandKind.Sink)
        {
            return Temporary(type.Size);
        }
        if (operand.Kind != OperandKind.Register || operand.Selector.Length > 0)
        {
            throw Error("a destination must be a register", operand);
        }
        PtxRegister register = operand.Register!;
        if (register.IsPredicate != (type.Kind == TypeKind.Predicate) || (register.Type.Size != type.Size && !(widerAllowed && register.Type.Size > type.Size)))
        {
            throw Error($"the register is {register.Type}, the instruction writes {type}", operand);
        }
        int slot = Slot(register);
        _writes.Add(register.Index);
        return slot;
    }

    /// <summary>A predicate source and whether it is complemented.</summary>
    public int Predicate(Operand operand, out uint flip)
    {
        flip = operand.Negated ? uint.MaxValue : 0;
        if (operand.Kind == OperandKind.Integer)
        {
            return Constant(operand.Bits, 0);
        }
        if (operand.Kind != OperandKind.Register || !operand.Register!.IsPredicate)
        {
            throw Error("a predicate is expected here", operand);
        }
        int slot = Slot(operand.Register);
        _reads.Add(operand.Register.Index);
        return slot;
    }

    public void Need(int least, int most = 0)
    {
        int count = Current.Operands.Count;
        if (count < least || count > Math.Max(least, most))
        {
            string wanted = most > least ? $"{least} to {most}" : $"{least}";
            throw Error($"{Current.Opcode} takes {wanted} operands, here are {count}", Current.FullName);
        }
    }

    /// <summary>The address operand <c>[a + offset]</c>.</summary>
    public AddressOperand Address(Operand operand, StateSpace space)
    {
        if (operand.Kind != OperandKind.Address)
        {
            throw Error("an address in brackets is expected here", operand);
        }
        Operand inner = operand.Elements[0];
        switch (inner.Kind)
        {
            case OperandKind.Register:
                PtxRegister register = inner.Register!;
                if (register.Type.Size is not (4 or 8) || register.Type.IsFloat)
                {
                    throw Error("an address is a 32- or 64-bit integer register", inner);
                }
                int slot = Slot(register);
                _reads.Add(register.Index);
                return new AddressOperand(slot, register.Type.Size == 8, operand.Offset, space);
            case OperandKind.Symbol:
                if (inner.Target is not PtxVariable variable)
                {
                    variable = _module.FindVariable(inner.Name) ?? throw Error("this name is not declared", inner);
                }
                CheckSpace(variable, space, inner);
                ulong window = space == StateSpace.Generic ? WindowOf(variable.Space) : 0;
                return new AddressOperand(Constant(window, 8, variable), true, operand.Offset, space) { FrameRelative = variable.Space == StateSpace.Local };
            default:
                return new AddressOperand(Constant(inner.Bits, 8), true, operand.Offset, space);
        }
    }

    public static ulong WindowOf(StateSpace space) => space switch
    {
        StateSpace.Shared => AddressWindows.Shared,
        StateSpace.Local => AddressWindows.Local,
        StateSpace.Param => AddressWindows.Param,
        _ => 0,
    };

    private void CheckSpace(PtxVariable variable, StateSpace space, Operand operand)
    {
        bool fits = space == variable.Space || space == StateSpace.Generic || (space == StateSpace.Global && variable.Space == StateSpace.Constant);
        if (!fits)
        {
            throw Error($"{variable.Name} is in {variable.Space.ToString().ToLowerInvariant()} space, the instruction works on {space.ToString().ToLowerInvariant()}", operand);
        }
        if (space == StateSpace.Generic && variable.Space == StateSpace.Local)
        {
            throw Error("the generic address of a local variable needs cvta", operand);
        }
    }

    private int Special(Operand operand, PtxType type)
    {
        string name = operand.Name;
        if (SpecialRegisters.IsFixed(name) && type.Size == 4)
        {
            return SpecialRegisters.SlotOf(name) - SpecialRegisters.FileBytes;
        }
        int slot = Temporary(type.Size);
        // Read under the same guard, just before the instruction that uses it.
        List<int> reads = [.. _reads];
        List<int> writes = [.. _writes];
        _reads.Clear();
        _writes.Clear();
        if (SpecialRegisters.IsFixed(name))
        {
            int from = SpecialRegisters.SlotOf(name) - SpecialRegisters.FileBytes;
            Emit(new LaneInstr(slot, type.Size, [(from, 4)], static (a, _, _, _) => a) { Source = Current }, InstrClass.Move);
        }
        else
        {
            Emit(new ReadSpecialInstr(slot, type.Size, name) { Source = Current }, InstrClass.Move);
        }
        _reads.AddRange(reads);
        _writes.AddRange(writes);
        return slot;
    }

    private int SymbolAddress(Operand operand, PtxType type)
    {
        object? target = operand.Target ?? (object?)_module.FindVariable(operand.Name) ?? _module.FindFunction(operand.Name);
        switch (target)
        {
            case PtxVariable { Register: not null }:
                throw Error("a parameter in a register has no address", operand);
            case PtxVariable variable when type.Size is 4 or 8:
                if (variable.Space == StateSpace.Param && !_function.IsEntry)
                {
                    throw Error("the address of a device function's parameter is not supported", operand);
                }
                int slot = Constant((ulong)operand.Offset, type.Size, variable);
                if (variable.Space == StateSpace.Local)
                {
                    int framed = Temporary(type.Size);
                    Emit(new LocalAddressInstr(framed, type.Size, slot) { Source = Current }, InstrClass.Move);
                    return framed;
                }
                return slot;
            case PtxFunction function when type.Size == 8:
                Code.CallsIndirectly = true;
                return Constant(AddressWindows.Code + ((ulong)function.Ordinal * 16), 8);
            case null:
                throw Error("this name is not declared", operand);
            default:
                throw Error("this name cannot stand here", operand);
        }
    }

    private void PlaceVariables()
    {
        int local = 0;
        foreach (PtxVariable variable in _function.Locals)
        {
            if (variable.Space == StateSpace.Local)
            {
                local = (local + variable.Alignment - 1) / variable.Alignment * variable.Alignment;
                variable.Offset = local;
                long end = local + variable.Size;
                local = end <= 1 << 20 ? (int)end : throw new PtxException("local memory is limited to 512 KiB per thread", _module.FileName, variable.Line, variable.Name);
            }
            else if (variable.Space == StateSpace.Param)
            {
                PlaceParameter(variable);
            }
        }
        Code.LocalBytes = (local + 15) / 16 * 16;
        if (_function.IsEntry)
        {
            int offset = 0;
            foreach (PtxVariable parameter in _function.Parameters)
            {
                offset = (offset + parameter.Alignment - 1) / parameter.Alignment * parameter.Alignment;
                parameter.Offset = offset;
                offset += (int)Math.Min(parameter.Size, 1 << 20);
            }
            if (offset > 32764)
            {
                throw new PtxException("the parameters of a kernel are limited to 32764 bytes", _module.FileName, _function.Line, _function.Name);
            }
            return;
        }
        foreach (PtxVariable parameter in _function.Parameters.Concat(_function.Results))
        {
            if (parameter.Register is { } register)
            {
                Slot(register);
            }
            else
            {
                PlaceParameter(parameter);
            }
        }
    }

    private void PlaceParameter(PtxVariable variable)
    {
        if (variable.Size > 4096)
        {
            throw new PtxException("a parameter of a function is limited to 4096 bytes", _module.FileName, variable.Line, variable.Name);
        }
        int stride = Warp.Stride((int)Math.Max(variable.Size, 1));
        variable.Offset = _layout.Allocate(stride);
        Code.Slots.Add((variable.Offset, stride));
    }

    private static void Resolve(Instr instr, int[] starts)
    {
        switch (instr)
        {
            case BranchInstr branch:
                branch.Target = starts[branch.Target];
                branch.Reconvergence = branch.Reconvergence < 0 ? -1 : starts[branch.Reconvergence];
                break;
            case IndexedBranchInstr branch:
                for (int i = 0; i < branch.Targets.Length; i++)
                {
                    branch.Targets[i] = starts[branch.Targets[i]];
                }
                branch.Reconvergence = branch.Reconvergence < 0 ? -1 : starts[branch.Reconvergence];
                break;
            default:
                break;
        }
    }
}
