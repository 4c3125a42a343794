using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>
/// racecheck's picture of global memory. It stays with the device from launch to launch: segment numbers go on, so that records of an
/// earlier launch are recognised as such and nothing has to be cleared.
/// </summary>
/// <remarks>
/// The groups of all pages lie side by side, so that the usual access finds its group by its address alone; a page exists as an object only
/// once it has cells of its own. As long as only whole warps touch the 128 bytes of a line, each thread the part behind that of the one before,
/// the first group of the line speaks for all four.
/// </remarks>
internal sealed unsafe class RaceShadow
{
    private const int PageShift = 12;
    private const int ChunkShift = 20;
    private const int LineShift = 7;
    private const int GroupShift = 5;
    private const int LineGroups = 1 << (LineShift - GroupShift);
    private const ulong ChunkMask = (1UL << ChunkShift) - 1;
    private const int MostKept = 1 << 14;
    private const uint LastStart = 0x8000_0000;

    /// <summary>Arrays that the garbage collector does not move, and where they start.</summary>
    private CellGroup[]?[] _chunks = [];

    private CellGroup*[] _starts = [];

    /// <summary>For each line of a chunk, whether its groups are told apart.</summary>
    private bool[]?[] _split = [];

    private ShadowPage?[] _pages = [];
    private int _used;

    /// <summary>The first segment number of the next launch; 0 is kept for "no access".</summary>
    public uint NextSegment { get; set; } = 1;

    /// <summary>Whether another launch may go on with it: it is not too large and has numbers left.</summary>
    public bool CanBeKept => _used <= MostKept && NextSegment < LastStart;

    public static int PageBytes => 1 << PageShift;

    public static int LineBytes => 1 << LineShift;

    /// <summary>Prepares for a device memory of so many bytes.</summary>
    public void Reserve(long bytes)
    {
        var chunks = (int)((bytes >> ChunkShift) + 2);
        if (_chunks.Length < chunks)
        {
            Array.Resize(ref _chunks, chunks);
            Array.Resize(ref _split, chunks);
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
        foreach (bool[]? split in _split)
        {
            Array.Clear(split ?? []);
        }
        Array.Clear(_pages);
        NextSegment = 1;
    }

    /// <summary>The page of an address, or null while whole groups are enough for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ShadowPage? Find(ulong offset) => _pages[offset >> PageShift];

    /// <summary>The record of a whole line of a page that is no object, or null when the groups of the line are told apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CellGroup* LineAt(ulong offset)
    {
        CellGroup* group = Locate(offset);
        return _split[offset >> ChunkShift]![(offset & ChunkMask) >> LineShift] ? null : group;
    }

    /// <summary>The group of an address of a page that is no object.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CellGroup* GroupAt(ulong offset)
    {
        CellGroup* group = Locate(offset);
        ref bool split = ref _split[offset >> ChunkShift]![(offset & ChunkMask) >> LineShift];
        if (!split)
        {
            split = true;
            Split(Locate(offset & ~((1UL << LineShift) - 1)));
        }
        return group;
    }

    public ShadowPage PageOf(ulong offset)
    {
        ref ShadowPage? page = ref _pages[offset >> PageShift];
        if (page is null)
        {
            ulong first = offset & ~(ulong)(PageBytes - 1);
            for (ulong line = first; line < first + (ulong)PageBytes; line += 1UL << LineShift)
            {
                GroupAt(line);
            }
            page = new ShadowPage(PageBytes, GroupAt(first));
            _used++;
        }
        return page;
    }

    private static void Split(CellGroup* line)
    {
        for (int k = LineGroups - 1; k >= 0; k--)
        {
            line[k] = new CellGroup
            {
                Write = AccessRecord.OfGroup(line->Write, k),
                Read = AccessRecord.OfGroup(line->Read, k),
                OlderRead = AccessRecord.OfGroup(line->OlderRead, k),
            };
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private CellGroup* Locate(ulong offset)
    {
        CellGroup* start = _starts[offset >> ChunkShift];
        return (start != null ? start : AddChunk(offset)) + ((offset & ChunkMask) >> GroupShift);
    }

    private CellGroup* AddChunk(ulong offset)
    {
        CellGroup[] chunk = GC.AllocateArray<CellGroup>(1 << (ChunkShift - GroupShift), pinned: true);
        _chunks[offset >> ChunkShift] = chunk;
        _split[offset >> ChunkShift] = new bool[1 << (ChunkShift - LineShift)];
        _starts[offset >> ChunkShift] = (CellGroup*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(chunk));
        return _starts[offset >> ChunkShift];
    }
}
