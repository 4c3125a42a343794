using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels.Ladder;

/// <summary>Twin of <c>ReduceArgs</c>, which every rung takes: x [Count], partial [blocks]; addresses are on the device.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct ReductionLadderArgs(nint X, nint Partial, long Count);

/// <summary>One launch of a reduction: it turns <paramref name="Count"/> numbers into one for each block.</summary>
public readonly record struct ReductionPass(long Count, uint Blocks);

/// <summary>One rung of the reduction ladder.</summary>
/// <param name="Name">Of the <c>.cu</c> file and of the kernel in it.</param>
/// <param name="ElementsPerThread">Elements that a thread takes, where there are enough of them.</param>
/// <param name="MostBlocks">Further blocks are not launched; the threads take more elements instead.</param>
public sealed record ReductionRung(string Name, int ElementsPerThread, uint MostBlocks)
{
    /// <summary>The launches that sum <paramref name="count"/> elements: each reads what the one before it wrote, the last one leaves one number.</summary>
    public IEnumerable<ReductionPass> Passes(long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        do
        {
            long perBlock = ReductionLadder.Threads * ElementsPerThread;
            var pass = new ReductionPass(count, (uint)Math.Clamp((count + perBlock - 1) / perBlock, 1, MostBlocks));
            yield return pass;
            count = pass.Blocks;
        }
        while (count > 1);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A sum six times, each a step better than the one before: see <c>docs/kernel-ladder.md</c>. For teaching; the engine uses none of it.</summary>
public static class ReductionLadder
{
    internal const int Threads = 256;

    /// <summary>Compute capability that every rung is built for, as 10 major + minor.</summary>
    public const int Target = 75;

    /// <summary>Threads of a block, in every rung.</summary>
    public static Dim3 Block => Threads;

    /// <summary>From the first to the last.</summary>
    public static IReadOnlyList<ReductionRung> Rungs { get; } =
    [
        new("reduce_1_naive", 1, int.MaxValue),
        new("reduce_2_no_divergence", 1, int.MaxValue),
        new("reduce_3_sequential", 1, int.MaxValue),
        new("reduce_4_several_per_thread", 16, 256),
        new("reduce_5_warp_shuffle", 16, 256),
        new("reduce_6_vectorised", 16, 256),
    ];
}
