using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>Asynchronous copies and <c>mbarrier</c> objects.</summary>
internal static class AsyncInstructions
{
    private static readonly PtxType U32 = PtxType.Get("u32");
    private static readonly PtxType B64 = PtxType.Get("b64");
    private static readonly PtxType Pred = PtxType.Get("pred");

    public static void AddTo(Dictionary<string, Action<Lowering, PtxInstruction>> table)
    {
        table["cp"] = Copy;
        table["mbarrier"] = MemoryBarrier;
    }

    private static void Copy(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        bool reduce = m.Take("reduce");
        if (!m.Take("async"))
        {
            throw l.Error("this form of cp is not supported", i.FullName);
        }
        if (m.Take("bulk"))
        {
            if (m.Left.Contains("tensor"))
            {
                throw l.Error("copies of tensor maps are not supported", i.FullName);
            }
            if (reduce)
            {
                BulkReduce(l, i, m);
            }
            else
            {
                Bulk(l, i, m);
            }
            return;
        }
        if (reduce)
        {
            throw l.Error("this form of cp is not supported", i.FullName);
        }
        if (m.Take("commit_group"))
        {
            l.Emit(new CommitInstr { Source = i }, InstrClass.Async);
        }
        else if (m.Take("wait_group"))
        {
            l.Need(1);
            l.Emit(new WaitInstr((uint)l.IntegerConstant(i.Operands[0]), false) { Source = i }, InstrClass.Async);
        }
        else if (m.Take("wait_all"))
        {
            l.Emit(new WaitInstr(0, true) { Source = i }, InstrClass.Async);
        }
        else if (m.Take("mbarrier"))
        {
            m.Take("arrive");
            bool noIncrement = m.Take("noinc");
            StateSpace space = MemoryInstructions.TakeSpace(m);
            m.Type();
            l.Need(1);
            AddressOperand bar = l.Address(i.Operands[0], space);
            l.Emit(new CopyArriveInstr(bar, noIncrement) { Source = i }, InstrClass.Async);
        }
        else
        {
            m.IgnoreCacheHints();
            bool shared = m.TakeAny("shared", "shared::cta", "shared::cluster") != null;
            if (!shared || !m.Take("global"))
            {
                throw l.Error("cp.async copies from .global to .shared", i.FullName);
            }
            l.Need(3, 5);
            AddressOperand to = l.Address(i.Operands[0], StateSpace.Shared);
            AddressOperand from = l.Address(i.Operands[1], StateSpace.Global);
            long size = l.IntegerConstant(i.Operands[2]);
            if (size is not (4 or 8 or 16))
            {
                throw l.Error("cp.async copies 4, 8 or 16 bytes", i.Operands[2]);
            }
            int sourceSize = CollectiveInstr.NoMembers;
            uint flip = 0;
            bool ignore = false;
            // The fourth operand is a number of bytes, or a predicate that says whether to ignore the source; a cache policy may follow.
            if (i.Operands.Count > 3 && !i.Modifiers.Contains("L2::cache_hint"))
            {
                ignore = i.Operands[3].Register is { IsPredicate: true };
                sourceSize = ignore ? l.Predicate(i.Operands[3], out flip) : l.Source(i.Operands[3], U32);
            }
            l.Emit(new CopyInstr(to, from, (int)size, sourceSize, ignore, flip) { Source = i }, InstrClass.Async);
        }
        m.End();
    }

    private static void Bulk(Lowering l, PtxInstruction i, ModifierReader m)
    {
        if (m.TakeAny("commit_group", "wait_group", "prefetch") != null)
        {
            l.Emit(new NoOperation { Source = i }, InstrClass.Async);
            return;
        }
        m.IgnoreCacheHints();
        bool toShared = i.Modifiers.Count > 2 && i.Modifiers[2].StartsWith("shared", StringComparison.Ordinal);
        // The cluster has one block: a multicast reaches that one.
        bool multicast = m.Take("multicast::cluster");
        m.Ignore("shared::cluster", "shared::cta", "global", "bulk_group", "mbarrier::complete_tx::bytes");
        m.End();
        l.Need((toShared ? 4 : 3) + (multicast ? 1 : 0), 6);
        bool fromShared = toShared && i.Modifiers.Contains("shared::cta") && i.Modifiers[2] != "shared::cta";
        AddressOperand to = l.Address(i.Operands[0], toShared ? StateSpace.Shared : StateSpace.Global);
        AddressOperand from = l.Address(i.Operands[1], toShared && !fromShared ? StateSpace.Global : StateSpace.Shared);
        int size = l.Source(i.Operands[2], U32);
        AddressOperand bar = toShared ? l.Address(i.Operands[3], StateSpace.Shared) : default;
        l.Emit(new BulkInstr(to, from, size, toShared, !toShared || fromShared, bar) { Source = i }, InstrClass.Async);
    }

    /// <summary><c>cp.reduce.async.bulk</c> from shared memory: element by element, done at once.</summary>
    private static void BulkReduce(Lowering l, PtxInstruction i, ModifierReader m)
    {
        m.IgnoreCacheHints();
        bool toShared = i.Modifiers.Count > 3 && i.Modifiers[3].StartsWith("shared", StringComparison.Ordinal);
        m.Ignore("shared::cluster", "shared::cta", "global", "bulk_group", "mbarrier::complete_tx::bytes", "noftz");
        string op = m.TakeAny("add", "and", "or", "xor", "inc", "dec", "min", "max") ?? throw l.Error("the operation of this reduction is missing", i.FullName);
        PtxType type = m.Type();
        m.End();
        l.Need(toShared ? 4 : 3, 5);
        AddressOperand to = l.Address(i.Operands[0], toShared ? StateSpace.Shared : StateSpace.Global);
        AddressOperand from = l.Address(i.Operands[1], StateSpace.Shared);
        int size = l.Source(i.Operands[2], U32);
        AddressOperand bar = toShared ? l.Address(i.Operands[3], StateSpace.Shared) : default;
        LaneFunction function = AtomicInstructions.Operation(l, i, op, type);
        l.Emit(new BulkInstr(to, from, size, toShared, true, bar) { Source = i, Combine = function, ElementSize = type.Size, IsOrderSensitive = type.IsFloat }, InstrClass.Async);
    }

    /// <summary><c>st.async</c> and <c>red.async</c>: within the one block of a cluster the access itself, then its bytes reported to the mbarrier.</summary>
    public static void Report(Lowering l, PtxInstruction i, Operand barrier, int bytes)
    {
        AddressOperand address = l.Address(barrier, StateSpace.Shared);
        int operand = l.Constant((ulong)bytes, 4);
        l.Emit(new BarrierObjectInstr(address, "complete_tx", operand, 4, int.MinValue, false) { Source = i }, InstrClass.Async);
    }

    private static void MemoryBarrier(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        string op = m.TakeAny("init", "inval", "arrive_drop", "arrive", "test_wait", "try_wait", "pending_count", "complete_tx", "expect_tx")
            ?? throw l.Error("the operation of mbarrier is missing", i.FullName);
        bool expect = m.Take("expect_tx");
        bool parity = m.Take("parity");
        m.Ignore("noComplete", "release", "acquire", "relaxed", "cta", "cluster");
        StateSpace space = MemoryInstructions.TakeSpace(m);
        if (m.HasType)
        {
            m.Type();
        }
        m.End();
        l.Need(op == "pending_count" ? 2 : 1, 4);
        if (op == "pending_count")
        {
            int state = l.Source(i.Operands[1], B64);
            int count = l.Destination(i.Operands[0], U32);
            l.Emit(new LaneInstr(count, 4, [(state, 8)], static (x, _, _, _) => BarrierObject.Pending(x)) { Source = i }, InstrClass.Async);
            return;
        }
        bool waits = op is "test_wait" or "try_wait";
        bool result = waits || ((op is "arrive" or "arrive_drop") && i.Operands[0].Kind != OperandKind.Address);
        int at = result ? 1 : 0;
        l.Need(at + 1, at + 3);
        AddressOperand address = l.Address(i.Operands[at], space);
        PtxType type = waits && !parity ? B64 : U32;
        int operand = i.Operands.Count > at + 1 ? l.Source(i.Operands[at + 1], type) : l.Constant(1, 4);
        int d = !result || i.Operands[0].Kind == OperandKind.Sink ? int.MinValue : l.Destination(i.Operands[0], waits ? Pred : B64);
        l.Emit(new BarrierObjectInstr(address, expect ? "expect" : op, operand, type.Size, d, parity) { Source = i, Control = op == "try_wait" ? ControlKind.Yield : ControlKind.None }, InstrClass.Async);
    }

    /// <summary>The 64 bits of an mbarrier: count, arrivals still pending, phase, and bytes still to come. The ISA leaves the layout open.</summary>
    private static class BarrierObject
    {
        private const ulong CountMask = (1 << 20) - 1;

        public static ulong Init(ulong count) => (count & CountMask) | ((count & CountMask) << 20) | ((ulong)Bias << 41);

        private const long Bias = 1 << 21;

        public static ulong Pending(ulong x) => x >> 20 & CountMask;

        public static bool Phase(ulong x) => (x >> 40 & 1) != 0;

        private static long Bytes(ulong x) => (long)(x >> 41 & 0x3FFFFF) - Bias;

        public static ulong Change(ulong x, long arrivals, long bytes, long drop)
        {
            long count = (long)(x & CountMask) - drop;
            long pending = (long)Pending(x) - arrivals;
            long left = Bytes(x) + bytes;
            ulong phase = x >> 40 & 1;
            if (pending <= 0 && left == 0)
            {
                pending = count;
                phase ^= 1;
            }
            return ((ulong)count & CountMask) | (((ulong)pending & CountMask) << 20) | (phase << 40) | ((ulong)(left + Bias) << 41);
        }
    }

    private sealed unsafe class BarrierObjectInstr(AddressOperand address, string op, int operand, int operandSize, int d, bool parity) : MemoryInstr(address, 8, 1)
    {
        public override void Execute(Warp w)
        {
            Resolve(w, op == "init" ? AccessKind.Write : AccessKind.Atomic);
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                ulong* p = (ulong*)w.Pointers[lane];
                ulong old = *p;
                ulong value = Lanes.Get(w.R + operand, operandSize, lane);
                ulong result = old;
                switch (op)
                {
                    case "init": *p = BarrierObject.Init(value); break;
                    case "inval": *p = 0; break;
                    case "arrive": *p = BarrierObject.Change(old, (long)value, 0, 0); break;
                    case "arrive_drop": *p = BarrierObject.Change(old, (long)value, 0, (long)value); break;
                    case "expect": *p = BarrierObject.Change(BarrierObject.Change(old, 0, (long)value, 0), 1, 0, 0); break;
                    case "expect_tx": *p = BarrierObject.Change(old, 0, (long)value, 0); break;
                    case "complete_tx": *p = BarrierObject.Change(old, 0, -(long)value, 0); break;
                    default:
                        bool waited = parity ? (value & 1) != 0 : BarrierObject.Phase(value);
                        bool done = BarrierObject.Phase(old) != waited;
                        result = done ? 1u : 0;
                        if (done)
                        {
                            w.Context.Checks?.OnAcquire(w, w.Addresses[lane]);
                        }
                        break;
                }
                if (op is "arrive" or "expect" or "arrive_drop")
                {
                    w.Context.Checks?.OnRelease(w, w.Addresses[lane]);
                }
                if (d != int.MinValue)
                {
                    Lanes.Set(w.R + d, op is "test_wait" or "try_wait" ? 0 : 8, lane, result);
                }
            }
        }
    }

    private sealed class CommitInstr : Instr
    {
        public override void Execute(Warp w) => w.Copies.Commit(w.Mask);
    }

    private sealed class WaitInstr(uint pending, bool all) : Instr
    {
        public override void Execute(Warp w)
        {
            if (all)
            {
                w.Copies.CompleteAll(w, w.Mask);
            }
            else
            {
                w.Copies.Wait(w, w.Mask, pending);
            }
        }
    }

    private sealed unsafe class CopyInstr(AddressOperand to, AddressOperand from, int size, int sourceSize, bool ignore, uint flip) : Instr
    {
        public override void Execute(Warp w)
        {
            uint mask = w.Mask;
            Span<int> bytes = stackalloc int[Warp.Lanes];
            uint reading = 0;
            for (uint left = mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                int n = size;
                if (sourceSize != CollectiveInstr.NoMembers)
                {
                    n = ignore ? (((*(uint*)(w.R + sourceSize) ^ flip) >> lane & 1) != 0 ? 0 : size) : (int)Math.Min(((uint*)(w.R + sourceSize))[lane], (uint)size);
                }
                bytes[lane] = n;
                reading |= n > 0 ? 1u << lane : 0;
            }
            // Lanes that copy nothing may hold any source address.
            byte** sources = stackalloc byte*[Warp.Lanes];
            w.Mask = reading;
            if (reading != 0)
            {
                Addressing.Resolve(w, from, size, size);
                w.Context.Counters?.Access(w, StateSpace.Global, AccessKind.Read, size);
                w.Context.Checks?.OnAccess(w, this, StateSpace.Global, AccessKind.Read, size);
                for (uint left = reading; left != 0; left &= left - 1)
                {
                    sources[Lanes.First(left)] = w.Pointers[Lanes.First(left)];
                }
            }
            w.Mask = mask;
            Addressing.Resolve(w, to, size, size);
            w.Context.Counters?.Access(w, StateSpace.Shared, AccessKind.Write, size);
            w.Context.Checks?.OnAsyncIssue(w, this, size);
            for (uint left = mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                w.Copies.Issue(lane, bytes[lane] == 0 ? w.Pointers[lane] : sources[lane], w.Pointers[lane], size, bytes[lane]);
            }
        }
    }

    /// <summary>The thread's copies are complete and it arrives. Without <c>.noinc</c> the pending count is raised first, which cancels out.</summary>
    private sealed unsafe class CopyArriveInstr(AddressOperand bar, bool noIncrement) : Instr
    {
        public override void Execute(Warp w)
        {
            w.Copies.CompleteAll(w, w.Mask);
            Addressing.Resolve(w, bar, 8, 8);
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                ulong* p = (ulong*)w.Pointers[lane];
                if (noIncrement)
                {
                    *p = BarrierObject.Change(*p, 1, 0, 0);
                }
                w.Context.Checks?.OnRelease(w, w.Addresses[lane]);
            }
        }
    }

    /// <summary>A bulk copy, done at once.</summary>
    private sealed unsafe class BulkInstr(AddressOperand to, AddressOperand from, int size, bool toShared, bool fromShared, AddressOperand bar) : Instr, IOrderSensitive
    {
        /// <summary>What a reduction does with the old and the new element; a copy has none.</summary>
        public LaneFunction? Combine { get; init; }

        public int ElementSize { get; init; }

        public bool IsOrderSensitive { get; init; }

        public override void Execute(Warp w)
        {
            uint mask = w.Mask;
            for (uint left = mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                w.Mask = 1u << lane;
                int bytes = (int)((uint*)(w.R + size))[lane];
                if (bytes % 16 != 0 || bytes < 0)
                {
                    throw new KernelFault(LaunchStatus.MisalignedAddress, $"a bulk copy of {bytes} bytes is not a multiple of 16", lane);
                }
                if (bytes == 0)
                {
                    continue;
                }
                Addressing.Resolve(w, from, bytes, 16);
                w.Context.Checks?.OnAccess(w, this, fromShared ? StateSpace.Shared : StateSpace.Global, AccessKind.Read, bytes);
                byte* source = w.Pointers[lane];
                Addressing.Resolve(w, to, bytes, 16);
                w.Context.Checks?.OnAccess(w, this, toShared ? StateSpace.Shared : StateSpace.Global, Combine is null ? AccessKind.Write : AccessKind.Atomic, bytes);
                if (Combine is null)
                {
                    Buffer.MemoryCopy(source, w.Pointers[lane], bytes, bytes);
                }
                else
                {
                    for (int at = 0; at < bytes; at += ElementSize)
                    {
                        AtomicInstructions.Update(w.Pointers[lane] + at, ElementSize, Lanes.Get(source + at, ElementSize, 0), 0, Combine);
                    }
                }
                if (toShared)
                {
                    Addressing.Resolve(w, bar, 8, 8);
                    ulong* p = (ulong*)w.Pointers[lane];
                    *p = BarrierObject.Change(*p, 0, -bytes, 0);
                    w.Context.Checks?.OnRelease(w, w.Addresses[lane]);
                }
            }
            w.Mask = mask;
        }
    }
}
