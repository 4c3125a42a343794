using System.Runtime.InteropServices;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>What the checks remember about one running block.</summary>
internal sealed class BlockShadow(Block block)
{
    /// <summary>1 for each byte of shared memory that was written.</summary>
    public byte[] SharedWritten { get; } = new byte[block.SharedBytes + 32];

    /// <summary>The instruction of a pending asynchronous copy for each byte of shared memory.</summary>
    public Instr?[] Pending { get; } = new Instr?[block.SharedBytes + 32];

    public int PendingCount { get; set; }

    /// <summary>1 for each byte of local memory that was written, thread after thread.</summary>
    public byte[] LocalWritten { get; } = new byte[(long)block.LocalBytesPerThread * block.Warps.Count * Warp.Lanes];

    /// <summary>Instructions of each warp so far.</summary>
    public uint[] Time { get; } = new uint[block.Warps.Count];

    /// <summary>What each warp knows of every warp's epoch: a vector clock, advanced at barriers.</summary>
    public int[][] Clocks { get; } = [.. Enumerable.Range(0, block.Warps.Count).Select(_ => new int[block.Warps.Count])];

    /// <summary>For each pair of lanes of a warp, the time at which both last took part in a synchronisation.</summary>
    public uint[][] LaneSync { get; } = [.. Enumerable.Range(0, block.Warps.Count).Select(static _ => new uint[Warp.Lanes * Warp.Lanes])];

    /// <summary>Whether a warp has executed a fence, so that its atomics publish what it wrote before.</summary>
    public bool[] Fenced { get; } = new bool[block.Warps.Count];

    public ShadowCell[] Shared { get; } = new ShadowCell[(block.SharedBytes / 4) + 8];

    public void Start()
    {
        Array.Clear(SharedWritten);
        Array.Clear(Pending);
        PendingCount = 0;
        Array.Clear(LocalWritten);
        Array.Clear(Shared);
        Array.Clear(Fenced);
        for (int w = 0; w < Clocks.Length; w++)
        {
            Array.Clear(Clocks[w]);
            Clocks[w][w] = 1;
            Array.Clear(LaneSync[w]);
            Time[w] = 1;
        }
    }
}

/// <summary>One access, as the race check remembers it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AccessRecord
{
    /// <summary>Thread in the block plus one; 0 when there was none.</summary>
    public int Thread;
    public int Block;
    public int Epoch;
    public uint Time;
    public long Sequence;
    public int Instr;
    public byte Bytes;
    public bool Atomic;
}

/// <summary>What was done to four bytes of memory: the last write, and the latest reads of two different warps.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ShadowCell
{
    public AccessRecord Write;
    public AccessRecord Read;
    public AccessRecord OlderRead;
}
