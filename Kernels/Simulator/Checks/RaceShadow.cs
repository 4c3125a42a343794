using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>
/// racecheck's picture of global memory. It stays with the device from launch to launch: segment numbers go on, so that records of an
/// earlier launch are recognised as such and nothing has to be cleared.
/// </summary>
/// <remarks>
/// The groups of all pages lie side by side, so that the usual access finds its group by its address alone; a page exists as an object only
/// once it has cells of its own.
/// </remarks>
internal sealed unsafe class RaceShadow
{
    private const int PageShift = 12;
    private const int ChunkShift = 20;
    private const int GroupShift = 5;
    private const int MostKept = 1 << 14;
    private const uint LastStart = 0x8000_0000;

    /// <summary>Arrays that the garbage collector does not move, and where they start.</summary>
    private CellGroup[]?[] _chunks = [];

    private CellGroup*[] _starts = [];
    private ShadowPage?[] _pages = [];
    private int _used;

    /// <summary>The first segment number of the next launch; 0 is kept for "no access".</summary>
    public uint NextSegment { get; set; } = 1;

    /// <summary>Whether another launch may go on with it: it is not too large and has numbers left.</summary>
    public bool CanBeKept => _used <= MostKept && NextSegment < LastStart;

    public static int PageBytes => 1 << PageShift;

    /// <summary>Prepares for a device memory of so many bytes.</summary>
    public void Reserve(long bytes)
    {
        var chunks = (int)((bytes >> ChunkShift) + 2);
        if (_chunks.Length < chunks)
        {
            Array.Resize(ref _chunks, chunks);
            Array.Resize(ref _pages, chunks << (ChunkShift - PageShift));
            var starts = new CellGroup*[chunks];
            _starts.CopyTo(starts, 0);
            _starts = starts;
        }
    }

    /// <summary>Forgets all accesses.</summary>
    public void Clear()
    {
        foreach (CellGroup[]? chunk in _chunks)
        {
            Array.Clear(chunk ?? []);
        }
        Array.Clear(_pages);
        NextSegment = 1;
    }

    /// <summary>The page of an address, or null while whole groups are enough for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ShadowPage? Find(ulong offset) => _pages[offset >> PageShift];

    /// <summary>The group of an address of a page that is no object.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CellGroup* GroupAt(ulong offset)
    {
        CellGroup* start = _starts[offset >> ChunkShift];
        return (start != null ? start : AddChunk(offset)) + ((offset & ((1UL << ChunkShift) - 1)) >> GroupShift);
    }

    public ShadowPage PageOf(ulong offset)
    {
        ref ShadowPage? page = ref _pages[offset >> PageShift];
        if (page is null)
        {
            page = new ShadowPage(PageBytes, GroupAt(offset & ~(ulong)(PageBytes - 1)));
            _used++;
        }
        return page;
    }

    private CellGroup* AddChunk(ulong offset)
    {
        CellGroup[] chunk = GC.AllocateArray<CellGroup>(1 << (ChunkShift - GroupShift), pinned: true);
        _chunks[offset >> ChunkShift] = chunk;
        _starts[offset >> ChunkShift] = (CellGroup*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(chunk));
        return _starts[offset >> ChunkShift];
    }
}
