using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Instructions;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>Looks on while a kernel runs: it is told of every access of a warp to memory, just before it happens, in the order of execution of its block.</summary>
public interface IAccessObserver
{
    /// <summary>A warp is about to access memory. Blocks run on one thread, in ascending order unless there is a seed.</summary>
    void OnAccess(in WarpAccess access);
}

/// <summary>One load, store or atomic instruction of a warp. It is valid during the call only.</summary>
public readonly unsafe ref struct WarpAccess
{
    private readonly Warp _warp;
    private readonly Instr _instr;

    internal WarpAccess(Warp warp, Instr instr, StateSpace space, AccessKind kind, int size) =>
        (_warp, _instr, IsShared, IsStore, Size) = (warp, instr, space == StateSpace.Shared, kind == AccessKind.Write, size);

    /// <summary>The kernel's name.</summary>
    public string Kernel => _warp.Context.Program.Entry.Function.Name;

    /// <summary>Position of the thread block in the grid.</summary>
    public Dim3 Block => _warp.Block.Position;

    /// <summary>Number of the warp in its block.</summary>
    public int Warp => _warp.Index;

    /// <summary>A bit for each lane that takes part.</summary>
    public uint Lanes => _warp.Mask;

    /// <summary>Shared memory, not global or another one.</summary>
    public bool IsShared { get; }

    /// <summary>A plain store; else a load or an atomic operation.</summary>
    public bool IsStore { get; }

    /// <summary>Bytes that each lane accesses.</summary>
    public int Size { get; }

    /// <summary>Line in the PTX.</summary>
    public int PtxLine => _instr.Line;

    /// <summary>The instruction as PTX writes it: opcode and modifiers.</summary>
    public string Instruction => string.Join('.', [_instr.Source.Opcode, .. _instr.Source.Modifiers]);

    /// <summary>File and line of the CUDA source, where the PTX tells.</summary>
    public (string? File, int Line) Source => GridScheduler.SourceOf(_warp.Context.Program, _instr);

    /// <summary>Address for each lane: of the device in global memory, from 0 in shared memory. Only those of <see cref="Lanes"/> mean anything.</summary>
    public ReadOnlySpan<ulong> Addresses => new(_warp.Addresses, Machine.Warp.Lanes);

    /// <summary>Shared memory of the block, as it is before the access.</summary>
    public ReadOnlySpan<byte> SharedMemory => new(_warp.Block.Shared, _warp.Block.SharedBytes);

    /// <summary>What a lane is about to store.</summary>
    /// <param name="lane">One of <see cref="Lanes"/>.</param>
    /// <param name="value">Takes <see cref="Size"/> bytes.</param>
    /// <exception cref="InvalidOperationException">It is no plain store.</exception>
    public void ReadStored(int lane, Span<byte> value)
    {
        if (_instr is not IStoreValue store || !IsStore) throw new InvalidOperationException($"{Instruction} is no plain store");
        store.CopyValue(_warp, lane, value);
    }
}
