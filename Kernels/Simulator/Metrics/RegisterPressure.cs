using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Metrics;

/// <summary>Estimates the registers a kernel will get: the most 32-bit values live at one place, plus what the hardware's code needs.</summary>
internal static class RegisterPressure
{
    private const int Overhead = 8;

    /// <summary>Registers per thread, rounded up to 8 as they are handed out.</summary>
    public static int Estimate(FunctionCode code)
    {
        PtxFunction function = code.Function;
        if (function.Instructions.Count is 0 or > 20000)
        {
            return function.Instructions.Count == 0 ? Overhead : 255;
        }
        var flow = new ControlFlow(function);
        var numbers = new Dictionary<PtxRegister, int>();
        var reads = new List<int>[function.Instructions.Count];
        var writes = new List<int>[function.Instructions.Count];
        for (int i = 0; i < reads.Length; i++)
        {
            (reads[i], writes[i]) = (new List<int>(), new List<int>());
            Collect(function.Instructions[i], numbers, reads[i], writes[i]);
        }
        int[] widths = new int[numbers.Count];
        foreach ((PtxRegister register, int number) in numbers)
        {
            widths[number] = register.IsPredicate ? 0 : Math.Max(1, register.Type.Size / 4);
        }
        return Math.Min(255, (MostLive(flow, reads, writes, widths) + Overhead + 7) / 8 * 8);
    }

    private static void Collect(PtxInstruction instruction, Dictionary<PtxRegister, int> numbers, List<int> reads, List<int> writes)
    {
        bool hasDestination = instruction.Opcode is not ("st" or "red" or "bra" or "bar" or "barrier" or "ret" or "exit" or "call" or "cp" or "stmatrix");
        for (int k = 0; k < instruction.Operands.Count; k++)
        {
            bool destination = k == 0 && hasDestination && instruction.Operands[0].Kind != OperandKind.Address;
            Visit(instruction.Operands[k], numbers, destination ? writes : reads);
        }
        if (instruction.Guard is { } guard)
        {
            reads.Add(NumberOf(guard, numbers));
            // Under a guard the old value may stay.
            reads.AddRange(writes);
        }
    }

    private static void Visit(Operand operand, Dictionary<PtxRegister, int> numbers, List<int> into)
    {
        if (operand.Register is { } register)
        {
            into.Add(NumberOf(register, numbers));
        }
        foreach (Operand element in operand.Elements)
        {
            Visit(element, numbers, into);
        }
    }

    private static int NumberOf(PtxRegister register, Dictionary<PtxRegister, int> numbers)
    {
        if (!numbers.TryGetValue(register, out int number))
        {
            number = numbers.Count;
            numbers.Add(register, number);
        }
        return number;
    }

    private static int MostLive(ControlFlow flow, List<int>[] reads, List<int>[] writes, int[] widths)
    {
        int words = (widths.Length + 63) / 64;
        var liveIn = new ulong[flow.BlockCount + 1][];
        for (int b = 0; b <= flow.BlockCount; b++)
        {
            liveIn[b] = new ulong[words];
        }
        int most = 0;
        var live = new ulong[words];
        for (bool changed = true; changed;)
        {
            changed = false;
            most = 0;
            for (int b = flow.BlockCount - 1; b >= 0; b--)
            {
                Array.Clear(live);
                foreach (int successor in flow.SuccessorsOf(b))
                {
                    for (int k = 0; k < words; k++)
                    {
                        live[k] |= liveIn[successor][k];
                    }
                }
                most = Math.Max(most, Walk(flow.StartOf(b), flow.StartOf(b + 1), reads, writes, widths, live));
                if (!live.AsSpan().SequenceEqual(liveIn[b]))
                {
                    live.CopyTo(liveIn[b], 0);
                    changed = true;
                }
            }
        }
        return most;
    }

    private static int Walk(int start, int end, List<int>[] reads, List<int>[] writes, int[] widths, ulong[] live)
    {
        int count = 0;
        for (int r = 0; r < widths.Length; r++)
        {
            count += (live[r >> 6] >> (r & 63) & 1) != 0 ? widths[r] : 0;
        }
        int most = count;
        for (int i = end - 1; i >= start; i--)
        {
            foreach (int r in writes[i])
            {
                if ((live[r >> 6] >> (r & 63) & 1) != 0)
                {
                    live[r >> 6] &= ~(1UL << (r & 63));
                    count -= widths[r];
                }
            }
            foreach (int r in reads[i])
            {
                if ((live[r >> 6] >> (r & 63) & 1) == 0)
                {
                    live[r >> 6] |= 1UL << (r & 63);
                    count += widths[r];
                }
            }
            most = Math.Max(most, count);
        }
        return most;
    }
}
