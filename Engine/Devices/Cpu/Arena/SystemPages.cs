using System.Runtime.InteropServices;

namespace WrnEngine.Devices.Cpu.Arena;

/// <summary>
/// Large pieces of memory straight from the system, aligned to 2 MiB. On Linux they are mapped and huge pages are asked for: with
/// 4 KiB pages a training step would spend its time in page faults and TLB misses. Elsewhere the C runtime's allocator serves.
/// </summary>
internal static unsafe partial class SystemPages
{
    /// <summary>Alignment, and the unit of sizes: a huge page.</summary>
    public const long HugePage = SlabPool.SlabUnit;

    /// <summary>These pages as slabs.</summary>
    public static readonly ISlabSource Source = new Slabs();

    private const int ProtReadWrite = 1 | 2, MapPrivate = 2, MapAnonymous = 0x20, MadviseHugePage = 14;

    /// <summary>The address of <paramref name="sizeInBytes"/> bytes (a multiple of <see cref="HugePage"/>), or 0 when the system has no more.</summary>
    public static nint Allocate(long sizeInBytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            try
            {
                return (nint)NativeMemory.AlignedAlloc((nuint)sizeInBytes, (nuint)HugePage);
            }
            catch (OutOfMemoryException)
            {
                return 0;
            }
        }
        // One huge page more than needed, so that an aligned piece lies inside; the rest goes back.
        nint mapped = Map(0, (nuint)(sizeInBytes + HugePage), ProtReadWrite, MapPrivate | MapAnonymous, -1, 0);
        if (mapped == -1) return 0;
        nint aligned = (nint)((mapped + HugePage - 1) / HugePage * HugePage);
        if (aligned > mapped) _ = Unmap(mapped, (nuint)(aligned - mapped));
        nint end = (nint)(aligned + sizeInBytes), mappedEnd = (nint)(mapped + sizeInBytes + HugePage);
        if (mappedEnd > end) _ = Unmap(end, (nuint)(mappedEnd - end));
        _ = Advise(aligned, (nuint)sizeInBytes, MadviseHugePage); // a wish: without it the memory works as well, only slower
        return aligned;
    }

    /// <summary>Returns what <see cref="Allocate"/> gave.</summary>
    public static void Free(nint address, long sizeInBytes)
    {
        if (OperatingSystem.IsLinux()) _ = Unmap(address, (nuint)sizeInBytes);
        else NativeMemory.AlignedFree((void*)address);
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);

    private sealed class Slabs : ISlabSource
    {
        public nint Allocate(long sizeInBytes) => SystemPages.Allocate(sizeInBytes);

        public void Free(nint address, long sizeInBytes) => SystemPages.Free(address, sizeInBytes);
    }
}
