using System.Numerics;

namespace WrnEngine.Kernels.Simulator.Machine;

internal sealed unsafe partial class Warp
{
    /// <summary>Carries a collective instruction out, or makes the split wait for the other members. Returns whether it goes on.</summary>
    private bool Exchanged(Split split, CollectiveInstr instr, uint mask)
    {
        if (instr.MembersSlot == CollectiveInstr.NoMembers)
        {
            instr.Execute(this);
            split.Pc++;
            return true;
        }
        var masks = (uint*)(R + instr.MembersSlot);
        for (uint left = mask; left != 0;)
        {
            int first = BitOperations.TrailingZeroCount(left);
            uint members = masks[first];
            uint group = 0;
            for (uint rest = left; rest != 0; rest &= rest - 1)
            {
                int lane = BitOperations.TrailingZeroCount(rest);
                if (masks[lane] == members)
                {
                    group |= 1u << lane;
                }
            }
            left &= ~group;
            Context.Checks?.OnCollective(this, instr, group, members);
            if ((members & Live & ~group) == 0)
            {
                Mask = group;
                instr.Execute(this);
                Context.Checks?.OnWarpSync(this, group);
                continue;
            }
            // Members are missing: these lanes wait, and what is left of the split goes on without them.
            Split waiting = group == split.Mask ? split : NewSplit(split.Code, split.Pc, group, split.Join, split.Frame);
            waiting.State = SplitState.AtCollective;
            waiting.Members = members;
            if (waiting != split)
            {
                split.Mask &= ~group;
                _splits.Add(waiting);
            }
            TryCollective(waiting);
            if (waiting == split)
            {
                return split.State == SplitState.Ready;
            }
        }
        split.Pc++;
        return true;
    }

    /// <summary>Carries out the collective instruction at which a split waits, if all members are there. They may stand at different places.</summary>
    private bool TryCollective(Split waiting)
    {
        var instr = (CollectiveInstr)waiting.Code.Instructions[waiting.Pc];
        uint present = 0;
        foreach (Split other in _splits)
        {
            if (Matches(waiting, instr, other))
            {
                present |= other.Mask;
            }
        }
        if ((waiting.Members & Live & ~present) != 0)
        {
            return false;
        }
        Finish(waiting, instr, present);
        return true;
    }

    private static bool Matches(Split waiting, CollectiveInstr instr, Split other) =>
        other.State == SplitState.AtCollective
        && other.Members == waiting.Members
        && ((other.Code == waiting.Code && other.Pc == waiting.Pc)
            || (!instr.SamePlace && other.Code.Instructions[other.Pc].Source.FullName == instr.Source.FullName));

    private void Finish(Split waiting, CollectiveInstr instr, uint present)
    {
        var parties = new List<Split>();
        foreach (Split other in _splits)
        {
            if (Matches(waiting, instr, other))
            {
                parties.Add(other);
            }
        }
        if (!parties.Contains(waiting))
        {
            parties.Add(waiting);
        }
        if (instr.SamePlace)
        {
            Mask = present;
            instr.Execute(this);
        }
        else
        {
            foreach (Split party in parties)
            {
                Mask = party.Mask;
                ((CollectiveInstr)party.Code.Instructions[party.Pc]).Deposit(this);
            }
            foreach (Split party in parties)
            {
                Mask = party.Mask;
                ((CollectiveInstr)party.Code.Instructions[party.Pc]).Complete(this, present);
            }
        }
        Context.Checks?.OnWarpSync(this, present);
        foreach (Split party in parties)
        {
            party.State = SplitState.Ready;
            party.Pc++;
        }
    }

    /// <summary>After lanes have exited: waits of which they were members may be over.</summary>
    private void RecheckCollectives()
    {
        for (int i = 0; i < _splits.Count; i++)
        {
            if (_splits[i].State == SplitState.AtCollective)
            {
                TryCollective(_splits[i]);
            }
        }
    }

    private bool WaitAtBarrier(Split split, BarrierInstr instr, uint mask)
    {
        bool wait = Block.Barriers.Arrive(this, split, instr, mask);
        return !wait;
    }

    /// <summary>Some lanes of a split stay behind in another state; the rest goes on.</summary>
    public void SplitOff(Split split, uint lanes, SplitState state, int barrier, out Split waiting)
    {
        waiting = NewSplit(split.Code, split.Pc, lanes, split.Join, split.Frame);
        waiting.State = state;
        waiting.BarrierId = barrier;
        split.Mask &= ~lanes;
        _splits.Add(waiting);
    }
}
