using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>
/// <c>alloca</c>, <c>stacksave</c> and <c>stackrestore</c>: local memory whose size is known at run time only. It is taken from the end of
/// the thread's local memory downwards and given back when the function returns.
/// </summary>
internal static class StackInstructions
{
    /// <summary>Bytes for such allocations in each thread of a kernel that has some.</summary>
    public const int ReservedBytes = 16384;

    private static readonly PtxType U32 = PtxType.Get("u32");
    private static readonly PtxType U64 = PtxType.Get("u64");

    public static void AddTo(Dictionary<string, Action<Lowering, PtxInstruction>> table)
    {
        table["alloca"] = Allocate;
        table["stacksave"] = (l, i) => Move(l, i, true);
        table["stackrestore"] = (l, i) => Move(l, i, false);
    }

    private static PtxType TypeOf(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        PtxType type = m.Type();
        m.End();
        l.Code.UsesStack = true;
        return type == U32 || type == U64 ? type : throw l.Error($"{i.Opcode} works on .u32 and .u64", i.FullName);
    }

    private static void Allocate(Lowering l, PtxInstruction i)
    {
        PtxType type = TypeOf(l, i);
        l.Need(2, 3);
        long alignment = i.Operands.Count > 2 ? l.IntegerConstant(i.Operands[2]) : 0;
        // Compilers write 0 where they have nothing to ask for.
        alignment = alignment == 0 ? 8 : alignment;
        if (alignment is < 1 or > ReservedBytes || (alignment & (alignment - 1)) != 0)
        {
            throw l.Error("an alignment is a power of two", i.Operands[2]);
        }
        int size = l.Source(i.Operands[1], type);
        int d = l.Destination(i.Operands[0], type);
        l.Emit(new AllocateInstr(d, size, type.Size, (uint)alignment, l.Code) { Source = i }, InstrClass.Other);
    }

    private static void Move(Lowering l, PtxInstruction i, bool save)
    {
        PtxType type = TypeOf(l, i);
        l.Need(1);
        int slot = save ? l.Destination(i.Operands[0], type) : l.Source(i.Operands[0], type);
        l.Emit(new StackPointerInstr(slot, type.Size, save) { Source = i }, InstrClass.Other);
    }

    private sealed unsafe class AllocateInstr(int d, int bytes, int size, uint alignment, FunctionCode code) : Instr
    {
        public override void Execute(Warp w)
        {
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                ulong wanted = Lanes.Get(w.R + bytes, size, lane);
                long top = w.StackTop![lane] - (long)Math.Min(wanted, int.MaxValue);
                top -= top & (alignment - 1);
                if (top < w.LocalBase + code.LocalBytes)
                {
                    throw new KernelFault(LaunchStatus.HardwareStackError, $"alloca of {wanted} bytes exhausts the stack", lane);
                }
                w.StackTop[lane] = (int)top;
                Lanes.Set(w.R + d, size, lane, (ulong)top);
            }
        }
    }

    private sealed unsafe class StackPointerInstr(int slot, int size, bool save) : Instr
    {
        public override void Execute(Warp w)
        {
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                if (save)
                {
                    Lanes.Set(w.R + slot, size, lane, (ulong)w.StackTop![lane]);
                    continue;
                }
                ulong top = Lanes.Get(w.R + slot, size, lane);
                w.StackTop![lane] = top <= (ulong)w.Block.LocalBytesPerThread
                    ? (int)top
                    : throw new KernelFault(LaunchStatus.HardwareStackError, $"stackrestore of 0x{top:x}, which no stacksave gave", lane);
            }
        }
    }
}
