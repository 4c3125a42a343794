using System.Numerics;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>What the machine tells the checks of one launch, and which of them wants to know.</summary>
internal sealed class LaunchChecks
{
    private readonly SimulatedDevice _device;
    private readonly FindingLog _log;
    private readonly AllocationCheck? _memory;
    private readonly RaceCheck? _races;
    private readonly InitializationCheck? _initialization;
    private readonly SynchronizationCheck? _synchronization;

    public LaunchChecks(SimulatedDevice device, KernelProgram program, Dim3 grid, Dim3 block, LaunchOptions options)
    {
        _device = device;
        _log = new FindingLog(program, options.MaxFindings);
        _memory = options.Checks.HasFlag(CheckKinds.Memcheck) ? new AllocationCheck(_log, device.Memory) : null;
        _races = options.Checks.HasFlag(CheckKinds.Racecheck) ? new RaceCheck(_log, program, device.TakeRaceShadow(), grid, block) : null;
        _initialization = options.Checks.HasFlag(CheckKinds.Initcheck) ? new InitializationCheck(_log, device.Memory) : null;
        _synchronization = options.Checks.HasFlag(CheckKinds.Synccheck) ? new SynchronizationCheck(_log) : null;
    }

    public IReadOnlyList<Finding> Findings => _log.Findings;

    /// <summary>The launch has ended.</summary>
    public void Finish()
    {
        if (_races != null)
        {
            _device.GiveBack(_races.Shadow);
        }
    }

    public void OnBlockStart(Block block)
    {
        block.Shadow ??= new BlockShadow(block);
        if (_races != null)
        {
            _races.OnBlockStart(block);
        }
        else
        {
            block.Shadow.Start(1);
        }
    }

    public void OnInstruction(Warp w, Instr instr, uint active, uint mask) => _initialization?.OnInstruction(w, instr, active, mask);

    /// <summary>An access of the active lanes to the addresses in <see cref="Warp.Addresses"/>, all of which passed the range test.</summary>
    public unsafe void OnAccess(Warp w, Instr instr, StateSpace space, AccessKind kind, int size)
    {
        if (w.Mask == 0 || space == StateSpace.Param)
        {
            return;
        }
        if (space != StateSpace.Generic)
        {
            Access(w, instr, space == StateSpace.Constant ? StateSpace.Global : space, kind, size, 0);
            return;
        }
        uint all = w.Mask;
        for (uint left = all; left != 0;)
        {
            StateSpace actual = Addressing.SpaceOf(w.Addresses[BitOperations.TrailingZeroCount(left)]);
            uint same = 0;
            for (uint rest = left; rest != 0; rest &= rest - 1)
            {
                int lane = BitOperations.TrailingZeroCount(rest);
                same |= Addressing.SpaceOf(w.Addresses[lane]) == actual ? 1u << lane : 0;
            }
            left &= ~same;
            w.Mask = same;
            if (actual != StateSpace.Param)
            {
                Access(w, instr, actual, kind, size, actual == StateSpace.Shared ? AddressWindows.Shared : actual == StateSpace.Local ? AddressWindows.Local : 0);
            }
        }
        w.Mask = all;
    }

    private void Access(Warp w, Instr instr, StateSpace space, AccessKind kind, int size, ulong window)
    {
        if (space == StateSpace.Global)
        {
            _memory?.OnAccess(w, instr, size);
        }
        if (space == StateSpace.Shared)
        {
            _synchronization?.OnSharedAccess(w, instr, kind, size, window);
        }
        _initialization?.OnAccess(w, instr, space, kind, size, window);
        if (space != StateSpace.Local)
        {
            _races?.OnAccess(w, instr, space == StateSpace.Shared, kind, size, window);
        }
    }

    public void OnBadAddress(Warp w, int lane, ulong address, int size, string message)
    {
        if (_memory != null)
        {
            _log.Add(CheckKinds.Memcheck, w, w.Current, lane, "address", _memory.Explain(message, address), address, size);
        }
    }

    public void OnCollective(Warp w, CollectiveInstr instr, uint group, uint members) => _synchronization?.OnCollective(w, instr, group, members);

    public void OnWarpSync(Warp w, uint mask)
    {
        if (_races != null)
        {
            RaceCheck.OnWarpSync(w, mask);
        }
    }

    public void OnUndefinedSource(Warp w, Instr instr, int lane, int from) => _synchronization?.OnUndefinedSource(w, instr, lane, from);

    public void OnBarrier(Warp w, BarrierInstr instr, uint mask, int number, int expected, int current) =>
        _synchronization?.OnBarrier(w, instr, mask, number, expected, current);

    public void OnBarrierComplete(
        Block block, List<(Warp Warp, uint Lanes, BarrierInstr Instr)> arrived, List<(Warp Warp, Split Split, BarrierInstr Instr, uint Lanes)> waiting)
    {
        _synchronization?.OnBarrierComplete(block, arrived);
        _races?.OnBarrierComplete(block, arrived, waiting);
    }

    public void OnDeadlock(Warp w, Split split, string what) => _synchronization?.OnDeadlock(w, split, what);

    /// <summary>An asynchronous copy into shared memory begins.</summary>
    public void OnAsyncIssue(Warp w, Instr instr, int size)
    {
        _synchronization?.OnAsyncIssue(w, instr, size);
        _initialization?.OnAccess(w, instr, StateSpace.Shared, AccessKind.Write, size, 0);
    }

    public unsafe void OnAsyncComplete(Warp w, int lane, IntPtr destination, int size)
    {
        long offset = (byte*)destination - w.Block.Shared;
        SynchronizationCheck.OnAsyncComplete(w, offset, size);
        if (_races != null)
        {
            // The data arrives now, on behalf of the thread that waits for it.
            uint mask = w.Mask;
            ulong address = w.Addresses[lane];
            w.Mask = 1u << lane;
            w.Addresses[lane] = (ulong)offset;
            _races.OnAccess(w, w.Current, true, AccessKind.Write, size, 0);
            w.Addresses[lane] = address;
            w.Mask = mask;
        }
    }

    public void OnFence(Warp w)
    {
        if (_races != null)
        {
            RaceCheck.OnFence(w);
        }
    }

    public void OnAcquire(Warp w, ulong address) => _races?.OnAcquire(w, address);

    public void OnRelease(Warp w, ulong address) => _races?.OnRelease(w, address);
}
