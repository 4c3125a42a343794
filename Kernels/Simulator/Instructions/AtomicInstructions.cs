using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary><c>atom</c> and <c>red</c>.</summary>
internal static class AtomicInstructions
{
    public static void AddTo(Dictionary<string, Action<Lowering, PtxInstruction>> table)
    {
        table["atom"] = (l, i) => Lower(l, i, true);
        table["red"] = (l, i) => Lower(l, i, false);
    }

    private static void Lower(Lowering l, PtxInstruction i, bool hasResult)
    {
        var m = new ModifierReader(i, l);
        bool async = m.Take("async");
        m.Ignore("mbarrier::complete_tx::bytes");
        if (async && !i.Modifiers.Contains("mbarrier::complete_tx::bytes"))
        {
            throw l.Error("red.async without an mbarrier is not supported", i.FullName);
        }
        MemoryInstructions.TakeOrdering(m);
        m.Ignore("L2::cache_hint", "noftz");
        StateSpace space = MemoryInstructions.TakeSpace(m);
        string op = m.TakeAny("add", "and", "or", "xor", "exch", "cas", "inc", "dec", "min", "max") ?? throw l.Error("the operation of this atomic is missing", i.FullName);
        int count = m.TakeAny("v2", "v4", "v8") switch { "v2" => 2, "v4" => 4, "v8" => 8, _ => 1 };
        PtxType type = m.Type();
        m.End();
        if (space is StateSpace.Local or StateSpace.Param or StateSpace.Constant)
        {
            throw l.Error("atomics work on global and shared memory", i.FullName);
        }
        int first = hasResult ? 1 : 0;
        l.Need(first + (op == "cas" ? 3 : 2), first + (op == "cas" ? 4 : 3));
        AddressOperand address = l.Address(i.Operands[first], space);
        Operand operand = i.Operands[first + 1];
        IReadOnlyList<Operand> parts = operand.Kind == OperandKind.Vector ? operand.Elements : [operand];
        IReadOnlyList<Operand> results = hasResult && i.Operands[0].Kind == OperandKind.Vector ? i.Operands[0].Elements : hasResult ? [i.Operands[0]] : [];
        if (parts.Count != count || (hasResult && results.Count != count))
        {
            throw l.Error($"{count} registers are expected here", operand);
        }
        var b = new int[count];
        var d = new int[count];
        for (int k = 0; k < count; k++)
        {
            b[k] = l.Source(parts[k], type);
        }
        int c = op == "cas" ? l.Source(i.Operands[first + 2], type) : 0;
        for (int k = 0; k < count; k++)
        {
            d[k] = hasResult && results[k].Kind != OperandKind.Sink ? l.Destination(results[k], type) : int.MinValue;
        }
        bool used = hasResult && results.Any(result => result.Register != null && IsRead(l.Function, result.Register));
        if (type.Size == 16)
        {
            if (op is not ("exch" or "cas"))
            {
                throw l.Error($".{op} has no form for {type}", i.FullName);
            }
            l.Emit(new Atomic128(address, b[0], op == "cas" ? c : int.MinValue, d[0]) { Source = i }, InstrClass.Atomic);
            return;
        }
        l.Emit(new AtomicInstr(address, type, b, c, d, op == "cas", Operation(l, i, op, type)) { Source = i, IsOrderSensitive = used || type.IsFloat || op is "exch" or "cas" }, InstrClass.Atomic);
        if (async)
        {
            l.Need(3);
            AsyncInstructions.Report(l, i, i.Operands[2], type.Size * count);
        }
    }

    private static bool IsRead(PtxFunction function, PtxRegister register)
    {
        foreach (PtxInstruction instruction in function.Instructions)
        {
            for (int k = 0; k < instruction.Operands.Count; k++)
            {
                // The first operand is a destination, except where an instruction has none.
                bool destination = k == 0 && instruction.Opcode is not ("st" or "red" or "bar" or "barrier" or "call") && instruction.Operands[0].Kind == OperandKind.Register;
                if (!destination && Mentions(instruction.Operands[k], register))
                {
                    return true;
                }
            }
            if (instruction.Guard == register)
            {
                return true;
            }
        }
        return false;
    }

    private static bool Mentions(Operand operand, PtxRegister register) =>
        operand.Register == register || operand.Elements.Any(element => Mentions(element, register));

    internal static LaneFunction Operation(Lowering l, PtxInstruction i, string op, PtxType type)
    {
        FloatFormat f = FloatFormat.Of(type);
        bool brain = type.IsBfloat;
        int size = type.Size;
        return (op, type.IsFloat) switch
        {
            ("exch", false) => static (_, b, _, _) => b,
            ("cas", false) => static (old, b, c, _) => old == b ? c : old,
            ("and", false) => static (old, b, _, _) => old & b,
            ("or", false) => static (old, b, _, _) => old | b,
            ("xor", false) => static (old, b, _, _) => old ^ b,
            ("add", false) => static (old, b, _, _) => old + b,
            ("inc", false) => static (old, b, _, _) => old >= b ? 0 : old + 1,
            ("dec", false) => static (old, b, _, _) => old == 0 || old > b ? b : old - 1,
            ("min", false) when type.IsSigned => (old, b, _, _) => IntegerInstructions.SignExtend(old, size) < IntegerInstructions.SignExtend(b, size) ? old : b,
            ("max", false) when type.IsSigned => (old, b, _, _) => IntegerInstructions.SignExtend(old, size) > IntegerInstructions.SignExtend(b, size) ? old : b,
            ("min", false) => static (old, b, _, _) => Math.Min(old, b),
            ("max", false) => static (old, b, _, _) => Math.Max(old, b),
            ("add", true) when size == 8 => static (old, b, _, _) => BitConverter.DoubleToUInt64Bits(BitConverter.UInt64BitsToDouble(old) + BitConverter.UInt64BitsToDouble(b)),
            ("add", true) when type.Name == "f32" => static (old, b, _, _) => AddSingle(old, b),
            ("add", true) when type.IsPacked => (old, b, _, _) => AddHalf(old & 0xFFFF, b & 0xFFFF, brain) | (AddHalf(old >> 16, b >> 16, brain) << 16),
            ("add", true) => (old, b, _, _) => AddHalf(old, b, brain),
            ("min" or "max", true) when type.Size == 2 => (old, b, _, _) => HalfMinMax(f, old, b, op == "min"),
            ("min" or "max", true) when type.IsPacked => (old, b, _, _) => HalfMinMax(f, old & 0xFFFF, b & 0xFFFF, op == "min") | (HalfMinMax(f, old >> 16, b >> 16, op == "min") << 16),
            _ => throw l.Error($".{op} has no form for {type}", i.FullName),
        };
    }

    private static ulong AddSingle(ulong a, ulong b)
    {
        float sum = BitConverter.UInt32BitsToSingle((uint)a) + BitConverter.UInt32BitsToSingle((uint)b);
        return float.IsNaN(sum) ? 0x7FFF_FFFF : BitConverter.SingleToUInt32Bits(sum);
    }

    private static ulong AddHalf(ulong a, ulong b, bool brain) => HalfMath.FromDouble(HalfMath.ToDouble(a, brain) + HalfMath.ToDouble(b, brain), brain);

    private static ulong HalfMinMax(FloatFormat f, ulong a, ulong b, bool min)
    {
        if (f.IsNaN(a) || f.IsNaN(b))
        {
            return f.IsNaN(a) ? f.IsNaN(b) ? f.NaN : b : a;
        }
        long x = f.IsNegative(a) ? -(long)(a & ~f.SignBit) - 1 : (long)a;
        long y = f.IsNegative(b) ? -(long)(b & ~f.SignBit) - 1 : (long)b;
        return (x < y) == min ? a : b;
    }

    /// <summary>Changes one element as one step, also for other host threads.</summary>
    internal static unsafe ulong Update(byte* p, int size, ulong operand, ulong other, LaneFunction function)
    {
        while (true)
        {
            ulong old = Lanes.Get(p, size, 0);
            ulong next = function(old, operand, other, 0);
            bool done = size switch
            {
                4 => Interlocked.CompareExchange(ref *(uint*)p, (uint)next, (uint)old) == (uint)old,
                8 => Interlocked.CompareExchange(ref *(ulong*)p, next, old) == old,
                2 => Interlocked.CompareExchange(ref *(ushort*)p, (ushort)next, (ushort)old) == (ushort)old,
                _ => Interlocked.CompareExchange(ref *p, (byte)next, (byte)old) == (byte)old,
            };
            if (done)
            {
                return old;
            }
        }
    }

    /// <summary>Read, change, write as one step, lane after lane. Other blocks may run on other host threads, so global memory is changed atomically.</summary>
    private sealed unsafe class AtomicInstr(AddressOperand address, PtxType type, int[] b, int c, int[] d, bool cas, LaneFunction function)
        : MemoryInstr(address, type.Size, b.Length), IOrderSensitive
    {
        public bool IsOrderSensitive { get; init; }

        public override void Execute(Warp w)
        {
            Resolve(w, AccessKind.Atomic);
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                for (int k = 0; k < b.Length; k++)
                {
                    ulong operand = Lanes.Get(w.R + b[k], Size, lane);
                    ulong other = cas ? Lanes.Get(w.R + c, Size, lane) : 0;
                    ulong old = Update(w.Pointers[lane] + (k * Size), Size, operand, other, function);
                    if (d[k] != int.MinValue)
                    {
                        Lanes.Set(w.R + d[k], Size, lane, old);
                    }
                }
            }
        }

    }

    private sealed unsafe class Atomic128(AddressOperand address, int b, int c, int d) : MemoryInstr(address, 16, 1), IOrderSensitive
    {
        public bool IsOrderSensitive => true;

        public override void Execute(Warp w)
        {
            Resolve(w, AccessKind.Atomic);
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                UInt128* p = (UInt128*)w.Pointers[lane];
                UInt128 operand = ((UInt128*)(w.R + b))[lane];
                UInt128 old = *p;
                if (c == int.MinValue)
                {
                    *p = operand;
                }
                else if (old == operand)
                {
                    *p = ((UInt128*)(w.R + c))[lane];
                }
                if (d != int.MinValue)
                {
                    ((UInt128*)(w.R + d))[lane] = old;
                }
            }
        }
    }
}
