using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>Decoding of <c>mma</c>, <c>wmma</c>, <c>ldmatrix</c>, <c>stmatrix</c> and <c>movmatrix</c>.</summary>
internal static class MatrixInstructions
{
    private static readonly PtxType B32 = PtxType.Get("b32");
    private static readonly PtxType U32 = PtxType.Get("u32");

    public static void AddTo(Dictionary<string, Action<Lowering, PtxInstruction>> table)
    {
        table["mma"] = Multiply;
        table["wmma"] = WarpMatrix;
        table["ldmatrix"] = LoadMatrix;
        table["stmatrix"] = StoreMatrix;
        table["movmatrix"] = MoveMatrix;
    }

    private static (int M, int N, int K)? TakeShape(ModifierReader m)
    {
        foreach (string name in m.Left)
        {
            if (name[0] != 'm' || name.IndexOf('n', StringComparison.Ordinal) is not (> 0 and int n) || name.IndexOf('k', StringComparison.Ordinal) is not (> 0 and int k) || k < n)
            {
                continue;
            }
            if (int.TryParse(name.AsSpan(1, n - 1), out int rows) && int.TryParse(name.AsSpan(n + 1, k - n - 1), out int columns) && int.TryParse(name.AsSpan(k + 1), out int depth))
            {
                m.Take(name);
                return (rows, columns, depth);
            }
        }
        return null;
    }

    /// <summary>The element types in the order written; those of <see cref="PtxType"/> and the small ones.</summary>
    private static List<string> TakeElementTypes(ModifierReader m)
    {
        var types = new List<string>();
        foreach (string name in m.Left.ToArray())
        {
            if (PtxType.Find(name) != null || name is "e4m3" or "e5m2" or "s4" or "u4" or "b1")
            {
                types.Add(name);
            }
        }
        foreach (string name in types)
        {
            m.Take(name);
        }
        return types;
    }

    private static int[] Registers(Lowering l, Operand operand, PtxType type, int count, bool write)
    {
        IReadOnlyList<Operand> parts = operand.Kind == OperandKind.Vector ? operand.Elements : [operand];
        if (parts.Count != count)
        {
            throw l.Error($"this fragment has {count} registers, here are {parts.Count}", operand);
        }
        var slots = new int[count];
        for (int k = 0; k < count; k++)
        {
            slots[k] = write ? l.Destination(parts[k], type) : l.Source(parts[k], type);
        }
        return slots;
    }

    private static PtxType RegisterType(string element) => PtxType.Get(element switch { "f64" => "f64", "f32" => "f32", "s32" => "s32", _ => "b32" });

    private static void Multiply(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        m.Ignore("sync", "aligned", "row", "col");
        // "row" and "col" stand once each, for A and B; mma.m8n8k4 of f16 has other layouts and is refused below.
        (int M, int N, int K) shape = TakeShape(m) ?? throw l.Error("the shape of mma is missing", i.FullName);
        bool saturate = m.Take("satfinite");
        string? bitwise = m.TakeAny("xor", "and");
        m.Ignore("popc", "rn", "row", "col");
        List<string> types = TakeElementTypes(m);
        m.End();
        if (types.Count == 2)
        {
            types = [types[0], "f16", "f16", types[1]];
        }
        if (types.Count != 4 || !Known(shape, types))
        {
            throw l.Error("this form of mma is not supported", i.FullName);
        }
        l.Need(4);
        MatrixElement a = MatrixElement.Of(types[1]);
        MatrixElement b = MatrixElement.Of(types[2]);
        MatrixElement c = MatrixElement.Of(types[3]);
        MatrixElement d = MatrixElement.Of(types[0]);
        int[] aSlots = Registers(l, i.Operands[1], RegisterType(types[1] == "f64" ? "f64" : "b32"), a.RegistersFor(shape.M * shape.K), false);
        int[] bSlots = Registers(l, i.Operands[2], RegisterType(types[2] == "f64" ? "f64" : "b32"), b.RegistersFor(shape.K * shape.N), false);
        int[] cSlots = Registers(l, i.Operands[3], RegisterType(types[3]), c.RegistersFor(shape.M * shape.N), false);
        int[] dSlots = Registers(l, i.Operands[0], RegisterType(types[0]), d.RegistersFor(shape.M * shape.N), true);
        var fragmentA = new MmaFragment(aSlots, a, FragmentRole.A, shape.M, shape.K);
        var fragmentB = new MmaFragment(bSlots, b, FragmentRole.B, shape.K, shape.N);
        var fragmentC = new MmaFragment(cSlots, c, FragmentRole.Accumulator, shape.M, shape.N);
        var fragmentD = new MmaFragment(dSlots, d, FragmentRole.Accumulator, shape.M, shape.N);
        l.Emit(
            new MmaInstr(fragmentD, fragmentA, fragmentB, fragmentC, shape.K, saturate, bitwise) { Source = i, SamePlace = true, MembersSlot = l.Constant(uint.MaxValue, 4) },
            InstrClass.Tensor,
            false,
            a.IsInteger ? 0 : 2 * shape.M * shape.N * shape.K / 32);
    }

    private static bool Known((int M, int N, int K) s, List<string> types)
    {
        string a = types[1];
        return s switch
        {
            (16, 8, 8 or 16) when a is "f16" or "bf16" => a == types[2],
            (16, 8, 4 or 8) when a is "tf32" => true,
            (16, 8, 16 or 32) or (8, 8, 16) when a is "s8" or "u8" => true,
            (16, 8, 32 or 64) or (8, 8, 32) when a is "s4" or "u4" => true,
            (16, 8, 128 or 256) or (8, 8, 128) when a is "b1" => true,
            (16, 8, 16 or 32) when a is "e4m3" or "e5m2" => true,
            (8, 8, 4) or (16, 8, 4 or 8 or 16) when a is "f64" => true,
            _ => false,
        };
    }

    private static void WarpMatrix(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        string part = m.TakeAny("load", "store", "mma") ?? throw l.Error("wmma needs .load, .store or .mma", i.FullName);
        m.Ignore("sync", "aligned");
        (int M, int N, int K) shape = TakeShape(m) ?? throw l.Error("the shape of wmma is missing", i.FullName);
        int members = l.Constant(uint.MaxValue, 4);
        if (part == "mma")
        {
            // Fragments hold logical elements, so the layouts matter to loads only.
            m.Ignore("row", "col", "rn");
            m.Ignore("row", "col");
            bool saturate = m.Take("satfinite");
            List<string> types = TakeElementTypes(m);
            m.End();
            types = types.Count == 2 ? [types[0], "f16", "f16", types[1]] : types;
            if (types.Count != 4 || types.Exists(static t => t is "s4" or "u4" or "b1"))
            {
                throw l.Error("this form of wmma is not supported", i.FullName);
            }
            l.Need(4);
            LogicalFragment Fragment(int operand, string type, int rows, int columns, bool write) =>
                new(Registers(l, i.Operands[operand], RegisterType(type), Count(i.Operands[operand]), write), MatrixElement.Of(type), rows, columns);
            LogicalFragment a = Fragment(1, types[1], shape.M, shape.K, false);
            LogicalFragment b = Fragment(2, types[2], shape.K, shape.N, false);
            LogicalFragment c = Fragment(3, types[3], shape.M, shape.N, false);
            LogicalFragment d = Fragment(0, types[0], shape.M, shape.N, true);
            l.Emit(new MmaInstr(d, a, b, c, shape.K, saturate, null) { Source = i, SamePlace = true, MembersSlot = members }, InstrClass.Tensor, false, 2 * shape.M * shape.N * shape.K / 32);
            return;
        }
        string matrix = m.TakeAny("a", "b", "c", "d") ?? throw l.Error("wmma needs .a, .b, .c or .d", i.FullName);
        bool row = m.TakeAny("row", "col") == "row";
        StateSpace space = MemoryInstructions.TakeSpace(m);
        List<string> element = TakeElementTypes(m);
        m.End();
        if (element.Count != 1 || element[0] is "s4" or "u4" or "b1")
        {
            throw l.Error("this form of wmma is not supported", i.FullName);
        }
        bool load = part == "load";
        l.Need(2, 3);
        (int rows, int columns) = matrix switch { "a" => (shape.M, shape.K), "b" => (shape.K, shape.N), _ => (shape.M, shape.N) };
        AddressOperand address = l.Address(i.Operands[load ? 1 : 0], space);
        int stride = i.Operands.Count > 2 ? l.Source(i.Operands[2], U32) : l.Constant((ulong)(row ? columns : rows), 4);
        Operand registers = i.Operands[load ? 0 : 1];
        var fragment = new LogicalFragment(Registers(l, registers, RegisterType(element[0]), Count(registers), load), MatrixElement.Of(element[0]), rows, columns);
        l.Emit(
            new WarpMatrixMemory(fragment, address, stride, row, load) { Source = i, SamePlace = true, MembersSlot = members },
            load ? InstrClass.Load : InstrClass.Store);
    }

    private static int Count(Operand operand) => operand.Kind == OperandKind.Vector ? operand.Elements.Count : 1;

    private static (int Count, bool Transposed, StateSpace Space) MatrixForm(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        m.Ignore("sync", "aligned", "b16");
        int count = m.TakeAny("x1", "x2", "x4") switch { "x4" => 4, "x2" => 2, _ => 1 };
        bool transposed = m.Take("trans");
        StateSpace space = MemoryInstructions.TakeSpace(m);
        if (!m.Take("m8n8"))
        {
            throw l.Error($"{i.Opcode} is supported for .m8n8 only", i.FullName);
        }
        m.End();
        return (count, transposed, space);
    }

    private static void LoadMatrix(Lowering l, PtxInstruction i)
    {
        (int count, bool transposed, StateSpace space) = MatrixForm(l, i);
        l.Need(2);
        AddressOperand address = l.Address(i.Operands[1], space);
        int[] slots = Registers(l, i.Operands[0], B32, count, true);
        l.Emit(new MatrixTransfer(slots, address, transposed, true) { Source = i, SamePlace = true, MembersSlot = l.Constant(uint.MaxValue, 4) }, InstrClass.Load);
    }

    private static void StoreMatrix(Lowering l, PtxInstruction i)
    {
        (int count, bool transposed, StateSpace space) = MatrixForm(l, i);
        l.Need(2);
        AddressOperand address = l.Address(i.Operands[0], space);
        int[] slots = Registers(l, i.Operands[1], B32, count, false);
        l.Emit(new MatrixTransfer(slots, address, transposed, false) { Source = i, SamePlace = true, MembersSlot = l.Constant(uint.MaxValue, 4) }, InstrClass.Store);
    }

    private static void MoveMatrix(Lowering l, PtxInstruction i)
    {
        l.Need(2);
        int a = l.Source(i.Operands[1], B32);
        int d = l.Destination(i.Operands[0], B32);
        l.Emit(new TransposeInstr(d, a) { Source = i, SamePlace = true, MembersSlot = l.Constant(uint.MaxValue, 4) }, InstrClass.Shuffle);
    }
}
