using System.Numerics;
using System.Runtime.CompilerServices;

namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>Tells the compiler which of the two interpreters to make: the bare one, or the one that checks and counts.</summary>
internal interface IRunMode
{
    static abstract bool Observed { get; }
}

internal readonly struct BareMode : IRunMode
{
    public static bool Observed => false;
}

internal readonly struct ObservedMode : IRunMode
{
    public static bool Observed => true;
}

internal sealed unsafe partial class Warp
{
    private const int MaxCallDepth = 1000;

    private int _turn; // the split that is looked at first next time, or one past the last

    /// <summary>Runs until everything waits, has exited, or about <paramref name="budget"/> instructions are done. Returns how many were.</summary>
    public long Run(long budget)
    {
        long done = 0;
        Context.RunningWarp = this;
        while (done < budget && Live != 0)
        {
            Split? next = null;
            int ready = 0;
            // Splits take turns, so that one that spins cannot starve the one it waits for.
            for (int i = 0; i < _splits.Count; i++)
            {
                Split candidate = _splits[(_turn + i) % _splits.Count];
                if (candidate.State == SplitState.Ready)
                {
                    next ??= candidate;
                    ready++;
                }
            }
            if (next is null)
            {
                break;
            }
            _turn = _splits.IndexOf(next) + 1;
            long slice = ready > 1 ? Math.Min(budget - done, Context.SplitSlice) : budget - done;
            CurrentSplit = next;
            LocalBase = next.Frame?.LocalBase ?? 0;
            done += Context.Observed ? RunSplit<ObservedMode>(next, slice) : RunSplit<BareMode>(next, slice);
            if (_splits.Count > 1)
            {
                RemoveFinishedSplits();
            }
        }
        Ticks += done;
        return done;
    }

    /// <summary>Runs one split until it ends, waits or has used its slice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private long RunSplit<TMode>(Split split, long slice)
        where TMode : struct, IRunMode
    {
        byte* r = R;
        Instr[] code = split.Code.Instructions;
        int pc = split.Pc;
        uint active = split.Mask;
        long steps = 0;
        while (true)
        {
            Instr instr = code[pc];
            uint mask = active;
            if (instr.HasGuard)
            {
                mask &= *(uint*)(r + instr.GuardSlot) ^ instr.GuardFlip;
            }
            steps++;
            if (TMode.Observed && instr.Control != ControlKind.Join)
            {
                Current = instr;
                Mask = mask;
                Context.Observe(this, instr, active, mask);
            }
            if (instr.Control == ControlKind.None)
            {
                if (mask != 0)
                {
                    Current = instr;
                    Mask = mask;
                    instr.Execute(this);
                }
                pc++;
                continue;
            }
            Current = instr;
            bool goOn;
            switch (instr.Control)
            {
                case ControlKind.Join:
                    steps--;
                    split.Pc = pc;
                    goOn = Meet(split);
                    break;
                case ControlKind.Branch:
                    var branch = (BranchInstr)instr;
                    if (mask == active)
                    {
                        // Only a jump back can make a loop, so only there the slice is looked at.
                        if (branch.Target <= pc && steps >= slice)
                        {
                            split.Pc = branch.Target;
                            return steps;
                        }
                        pc = branch.Target;
                        continue;
                    }
                    if (mask == 0)
                    {
                        pc++;
                        continue;
                    }
                    split.Pc = pc;
                    Part(split, mask, branch.Target, branch.Reconvergence);
                    goOn = true;
                    break;
                case ControlKind.BranchIndexed:
                    split.Pc = pc;
                    goOn = JumpThroughTable(split, (IndexedBranchInstr)instr, mask);
                    break;
                case ControlKind.Call:
                    if (mask == 0)
                    {
                        pc++;
                        continue;
                    }
                    split.Pc = pc;
                    Call(split, (CallInstr)instr, mask);
                    goOn = true;
                    break;
                case ControlKind.Return:
                case ControlKind.Exit:
                    if (mask == 0)
                    {
                        pc++;
                        continue;
                    }
                    split.Pc = pc + 1;
                    goOn = instr.Control == ControlKind.Return && split.Frame != null ? Return(split, mask) : ExitLanes(split, mask);
                    break;
                case ControlKind.Barrier:
                    split.Pc = pc + 1;
                    if (mask == 0)
                    {
                        pc++;
                        continue;
                    }
                    Mask = mask;
                    goOn = WaitAtBarrier(split, (BarrierInstr)instr, mask);
                    break;
                case ControlKind.Collective:
                    if (mask == 0)
                    {
                        pc++;
                        continue;
                    }
                    Mask = mask;
                    split.Pc = pc;
                    goOn = Exchanged(split, (CollectiveInstr)instr, mask);
                    break;
                default:
                    split.Pc = pc + 1;
                    if (mask != 0)
                    {
                        Mask = mask;
                        instr.Execute(this);
                    }
                    return steps;
            }
            if (!goOn || steps >= slice)
            {
                return steps;
            }
            code = split.Code.Instructions;
            pc = split.Pc;
            active = split.Mask;
            CurrentSplit = split;
        }
    }

    /// <summary>The lanes of <paramref name="taken"/> go to <paramref name="target"/>, the rest to the next instruction.</summary>
    private void Part(Split split, uint taken, int target, int reconvergence)
    {
        Context.CountDivergence();
        Join? join = MeetingAt(split, reconvergence, split.Mask);
        uint rest = split.Mask & ~taken;
        split.Join = join;
        int next = split.Pc + 1;
        if (join != null && target == reconvergence && join.Pc == target && join.Frame == split.Frame)
        {
            // An if without else: the lanes that jump are there already.
            join.Arrived |= taken;
            split.Mask = rest;
            split.Pc = next;
            return;
        }
        bool takenFirst = Context.TakenFirst();
        Split other = NewSplit(split.Code, takenFirst ? next : target, takenFirst ? rest : taken, join, split.Frame);
        split.Mask = takenFirst ? taken : rest;
        split.Pc = takenFirst ? target : next;
        _splits.Add(other);
    }

    private static Join? MeetingAt(Split split, int pc, uint lanes)
    {
        if (pc < 0 || (split.Join is { } join && join.Pc == pc && join.Frame == split.Frame && !join.IsReturn && join.Code == split.Code))
        {
            return split.Join;
        }
        return new Join { Code = split.Code, Pc = pc, Expected = lanes, Parent = split.Join, Frame = split.Frame };
    }

    private Split NewSplit(FunctionCode code, int pc, uint mask, Join? join, Frame? frame)
    {
        if (_spareSplits.TryPop(out Split? split))
        {
            (split.Code, split.Pc, split.Mask, split.Join, split.Frame, split.State) = (code, pc, mask, join, frame, SplitState.Ready);
            return split;
        }
        return new Split { Code = code, Pc = pc, Mask = mask, Join = join, Frame = frame };
    }

    private void RemoveFinishedSplits()
    {
        for (int i = _splits.Count - 1; i >= 0; i--)
        {
            if (_splits[i].State == SplitState.Done)
            {
                _spareSplits.Push(_splits[i]);
                _splits.RemoveAt(i);
            }
        }
    }

    /// <summary>At a meeting place. Returns whether the split goes on (behind the place, perhaps with more lanes).</summary>
    private static bool Meet(Split split)
    {
        while (split.Join is { } join && join.Pc == split.Pc && !join.IsReturn && join.Frame == split.Frame && join.Code == split.Code)
        {
            join.Arrived |= split.Mask;
            if (join.Arrived != join.Expected)
            {
                split.State = SplitState.Done;
                return false;
            }
            split.Mask = join.Arrived;
            split.Join = join.Parent;
        }
        split.Pc++;
        return true;
    }

    private bool JumpThroughTable(Split split, IndexedBranchInstr branch, uint mask)
    {
        uint rest = split.Mask & ~mask;
        int next = split.Pc + 1;
        if (mask == 0)
        {
            split.Pc = next;
            return true;
        }
        var groups = new List<(int Pc, uint Mask)>();
        for (uint left = mask; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            uint index = ((uint*)(R + branch.IndexSlot))[lane];
            if (index >= branch.Targets.Length)
            {
                throw new KernelFault(LaunchStatus.InvalidPc, $"brx.idx jumps through entry {index} of a table of {branch.Targets.Length}", lane);
            }
            int target = branch.Targets[index];
            int at = groups.FindIndex(group => group.Pc == target);
            if (at < 0)
            {
                groups.Add((target, 1u << lane));
            }
            else
            {
                groups[at] = (target, groups[at].Mask | (1u << lane));
            }
        }
        if (rest != 0)
        {
            groups.Add((next, rest));
        }
        if (groups.Count > 1)
        {
            Context.CountDivergence();
            split.Join = MeetingAt(split, branch.Reconvergence, split.Mask);
        }
        for (int i = 1; i < groups.Count; i++)
        {
            _splits.Add(NewSplit(split.Code, groups[i].Pc, groups[i].Mask, split.Join, split.Frame));
        }
        (split.Pc, split.Mask) = groups[0];
        return true;
    }

    /// <summary>Lanes leave the kernel. Returns whether the split goes on with the others.</summary>
    private bool ExitLanes(Split split, uint lanes)
    {
        Copies.CompleteAll(this, lanes);
        Live &= ~lanes;
        split.Mask &= ~lanes;
        if (split.Mask == 0)
        {
            split.State = SplitState.Done;
        }
        for (Join? join = split.Join; join != null; join = join.Parent)
        {
            join.Expected &= ~lanes;
        }
        // Those that already wait for the lanes that left may go on.
        for (Join? join = split.Join; join != null; join = join.Parent)
        {
            if (join.Expected != 0 && join.Arrived == join.Expected)
            {
                ReleaseEarly(join);
                break;
            }
        }
        Block.LanesExited(lanes);
        if (_splits.Count > 1 || split.State == SplitState.Done)
        {
            RecheckCollectives();
        }
        return split.State != SplitState.Done;
    }

    private void ReleaseEarly(Join join) => _splits.Add(NewSplit(join.Code, join.Pc, join.Arrived, join.Parent, join.Frame));

    /// <summary>
    /// Lets lanes that wait at a meeting place go on without the others, which may themselves wait for something these lanes have to do
    /// (a lock taken by one lane of a warp). Returns whether there were any.
    /// </summary>
    public bool ReleaseJoins()
    {
        bool any = false;
        for (int i = _splits.Count - 1; i >= 0; i--)
        {
            for (Join? join = _splits[i].State == SplitState.Done ? null : _splits[i].Join; join != null; join = join.Parent)
            {
                if (join.Arrived == 0)
                {
                    continue;
                }
                // Behind the meeting place itself, or they would arrive a second time.
                int pc = join.IsReturn ? join.Pc : join.Pc + 1;
                _splits.Add(NewSplit(join.Code, pc, join.Arrived, join.Parent, join.Frame));
                join.Expected &= ~join.Arrived;
                join.Arrived = 0;
                any = true;
            }
        }
        return any;
    }
}
