using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>What the checks remember about one running block.</summary>
internal sealed unsafe class BlockShadow(Block block)
{
    /// <summary>A bit for each byte of shared memory that was written.</summary>
    public byte[] SharedWritten { get; } = new byte[BitRange.BytesFor(block.SharedBytes)];

    /// <summary>The instruction of a pending asynchronous copy for each byte of shared memory.</summary>
    public Instr?[] Pending { get; } = new Instr?[block.SharedBytes + 64];

    public int PendingCount { get; set; }

    /// <summary>A bit for each byte of local memory that was written, thread after thread.</summary>
    public byte[] LocalWritten { get; } = new byte[BitRange.BytesFor((long)block.LocalBytesPerThread * block.Warps.Count * Warp.Lanes)];

    /// <summary>The segment each warp is in, or 0 when its next access begins a new one.</summary>
    public uint[] Segments { get; } = new uint[block.Warps.Count];

    /// <summary>How often lanes of each warp have synchronised.</summary>
    public uint[] Generations { get; } = new uint[block.Warps.Count];

    /// <summary>What each warp knows of every warp's epoch: a vector clock, advanced by barriers for a part of the block and by releases.</summary>
    public int[][] Clocks { get; } = [.. Enumerable.Range(0, block.Warps.Count).Select(_ => new int[block.Warps.Count])];

    /// <summary>For each pair of lanes of a warp, the generation that began when both last took part in a synchronisation.</summary>
    public uint[][] LaneSync { get; } = [.. Enumerable.Range(0, block.Warps.Count).Select(static _ => new uint[Warp.Lanes * Warp.Lanes])];

    /// <summary>For each warp, the generation that began when all its lanes last took part in one.</summary>
    public uint[] WarpSync { get; } = new uint[block.Warps.Count];

    /// <summary>Whether some lanes of a warp have synchronised without the others, so that <see cref="LaneSync"/> says something.</summary>
    public bool[] HasLaneSync { get; } = new bool[block.Warps.Count];

    /// <summary>Whether a warp has executed a fence, so that its atomics publish what it wrote before.</summary>
    public bool[] Fenced { get; } = new bool[block.Warps.Count];

    /// <summary>The first segment since the block started, and the first since the last barrier that all of it passed.</summary>
    public uint FirstSegment { get; set; }

    public uint Watermark { get; set; }

    /// <summary>How often the block has released to others.</summary>
    public int Releases { get; set; }

    /// <summary>Whether something else than a barrier of the whole block has ordered some of its warps.</summary>
    public bool HasPartialOrder { get; set; }

    /// <summary>What of the reads since that barrier is not in <see cref="Shared"/> yet.</summary>
    public ReadLog Reads { get; } = new();

    public ShadowPage Shared { get; } = new(((block.SharedBytes + 31) & ~31) + 64);

    public void Start(uint segment)
    {
        Array.Clear(SharedWritten);
        if (PendingCount != 0)
        {
            Array.Clear(Pending);
            PendingCount = 0;
        }
        Array.Clear(LocalWritten);
        Array.Clear(Fenced);
        Array.Clear(Segments);
        for (int w = 0; w < Clocks.Length; w++)
        {
            Array.Clear(Clocks[w]);
            Clocks[w][w] = 1;
            if (HasLaneSync[w])
            {
                Array.Clear(LaneSync[w]);
                HasLaneSync[w] = false;
            }
            WarpSync[w] = 0;
            Generations[w] = 1;
        }
        // Records of earlier blocks in shared memory are older than this and need no clearing.
        FirstSegment = segment;
        Watermark = segment;
        Reads.Reopen();
        Shared.Readers = null;
        Releases = 0;
        HasPartialOrder = false;
    }
}
