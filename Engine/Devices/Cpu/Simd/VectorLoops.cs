using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace WrnEngine.Devices.Cpu.Simd;

/// <summary>What a loop does to the elements i .. i + V.Count - 1.</summary>
internal interface IElementKernel
{
    void Invoke<V>(nint i) where V : unmanaged, IVec<V>;
}

/// <summary>A piece of work on the range start .. end - 1 of something, compiled for each register width.</summary>
internal interface IRangeKernel
{
    void Run<V>(long start, long end) where V : unmanaged, IVec<V>;
}

/// <summary>
/// Runs kernels with the widest registers of the processor, over the threads of a team. Loops are cut into blocks of fixed size, so the
/// cut depends on the length alone, and one block or less stays on the calling thread.
/// </summary>
internal static class VectorLoops
{
    /// <summary>Elements of one block: 128 KiB of float32, a few microseconds of work.</summary>
    public const int BlockSize = 32768;

    /// <summary>Parts that a loop of <paramref name="count"/> items is cut into when each part holds <paramref name="itemsPerPart"/>.</summary>
    public static int Parts(long count, long itemsPerPart) => checked((int)((count + itemsPerPart - 1) / itemsPerPart));

    /// <summary>Runs an element kernel for 0 .. count - 1.</summary>
    public static void ForElements<TKernel>(ThreadTeam team, long count, TKernel kernel) where TKernel : struct, IElementKernel =>
        For(team, count, BlockSize, new ElementRange<TKernel>(kernel));

    /// <summary>Runs a range kernel on 0 .. count - 1, cut into parts of <paramref name="itemsPerPart"/>.</summary>
    public static void For<TKernel>(ThreadTeam team, long count, long itemsPerPart, TKernel kernel) where TKernel : struct, IRangeKernel
    {
        if (count <= itemsPerPart) Run(kernel, 0, count);
        else ForParts(team, count, itemsPerPart, kernel);
    }

    // A method of its own: the closure is made only when there is more than one part.
    private static void ForParts<TKernel>(ThreadTeam team, long count, long itemsPerPart, TKernel kernel) where TKernel : struct, IRangeKernel =>
        team.For(Parts(count, itemsPerPart), part => Run(kernel, part * itemsPerPart, Math.Min(count, (part + 1) * itemsPerPart)));

    /// <summary>Runs a range kernel on this thread.</summary>
    public static void Run<TKernel>(TKernel kernel, long start, long end) where TKernel : struct, IRangeKernel
    {
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported) kernel.Run<Vec512>(start, end);
        else if (Vector256.IsHardwareAccelerated && Avx2.IsSupported) kernel.Run<Vec256>(start, end);
        else kernel.Run<Vec128>(start, end);
    }

    /// <summary>Runs an element kernel on start .. end - 1 with registers of one width, and single lanes at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Elements<TKernel, V>(TKernel kernel, nint start, nint end) where TKernel : struct, IElementKernel where V : unmanaged, IVec<V>
    {
        nint i = start;
        for (nint last = end - V.Count; i <= last; i += V.Count) kernel.Invoke<V>(i);
        for (; i < end; i++) kernel.Invoke<Vec1>(i);
    }

    private readonly struct ElementRange<TKernel>(TKernel kernel) : IRangeKernel where TKernel : struct, IElementKernel
    {
        public void Run<V>(long start, long end) where V : unmanaged, IVec<V> => Elements<TKernel, V>(kernel, (nint)start, (nint)end);
    }
}
