using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>
/// What was done to a piece of memory: for each cell the last write and the latest reads by two different warps, as records
/// (<see cref="AccessRecord"/>). A cell is 4 bytes until something smaller is touched; then the whole piece gets smaller cells, so that
/// neighbours inside a word are told apart and no cell is ever touched in part.
/// </summary>
/// <remarks>
/// Eight neighbouring cells share one <see cref="CellGroup"/> as long as only warps with neighbouring lanes touch them, which is how most
/// memory is used; a group that is used otherwise is taken apart into cells of its own.
/// </remarks>
internal sealed unsafe class ShadowPage
{
    public const int GroupCells = 8;

    private readonly int _bytes;

    /// <summary>Groups that belong to the page itself: pinned, <see cref="Groups"/> points into it.</summary>
    private CellGroup[]? _own;

    private ulong[]? _cells;

    /// <param name="bytes">A multiple of 32.</param>
    /// <param name="groups">Where its groups lie already, or null.</param>
    public ShadowPage(int bytes, CellGroup* groups = null)
    {
        _bytes = bytes;
        Groups = groups == null ? Allocate(GroupCount) : groups;
    }

    /// <summary>Bytes of a cell as a power of two.</summary>
    public int Shift { get; private set; } = 2;

    public CellGroup* Groups { get; private set; }

    private int GroupCount => _bytes >> Shift >> 3;

    // The cells of groups that are taken apart, all in the pinned array; null while there are none.
    public ulong* Writes { get; private set; }

    public ulong* Reads { get; private set; }

    /// <summary>A read by another warp than that in <see cref="Reads"/>.</summary>
    public ulong* OlderReads { get; private set; }

    /// <summary>The lanes that have read in the segment of <see cref="Reads"/>.</summary>
    public uint* Lanes { get; private set; }

    /// <summary>Further reads of a cell, where two readers do not speak for all; null while there are none.</summary>
    public Dictionary<int, List<(ulong Record, uint Lanes)>>? Readers { get; set; }

    /// <summary>Takes the group of a cell apart, unless it is already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Expand(int cell)
    {
        if (!Groups[cell >> 3].IsExpanded)
        {
            TakeApart(cell & ~7);
        }
    }

    /// <summary>Makes cells smaller; each part inherits what is known of the whole.</summary>
    public void Refine(int shift)
    {
        int halvings = Shift - shift;
        CellGroup* before = Groups;
        CellGroup[]? owner = _own;
        int count = GroupCount << halvings;
        Groups = Allocate(count);
        for (int i = 0; i < count; i++)
        {
            Groups[i] = before[i >> halvings].Part(i & ((1 << halvings) - 1), halvings);
        }
        GC.KeepAlive(owner);
        int cells = _bytes >> Shift;
        Shift = shift;
        if (_cells is { } kept)
        {
            ulong* writes = Writes, reads = Reads, olderReads = OlderReads;
            uint* lanes = Lanes;
            AllocateCells();
            Spread(writes, Writes, cells, halvings);
            Spread(reads, Reads, cells, halvings);
            Spread(olderReads, OlderReads, cells, halvings);
            Spread(lanes, Lanes, cells, halvings);
            GC.KeepAlive(kept);
        }
        if (Readers is { } readers)
        {
            Readers = [];
            for (int cell = 0; cell < cells << halvings; cell++)
            {
                if (readers.TryGetValue(cell >> halvings, out List<(ulong Record, uint Lanes)>? known))
                {
                    Readers.Add(cell, [.. known]);
                }
            }
        }
    }

    public void Clear()
    {
        new Span<CellGroup>(Groups, GroupCount).Clear();
        Readers = null;
    }

    private CellGroup* Allocate(int count)
    {
        _own = GC.AllocateArray<CellGroup>(count, pinned: true);
        return (CellGroup*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_own));
    }

    private void TakeApart(int first)
    {
        if (_cells is null)
        {
            AllocateCells();
        }
        ref CellGroup group = ref Groups[first >> 3];
        for (int i = 0; i < GroupCells; i++)
        {
            Writes[first + i] = AccessRecord.OfCell(group.Write, i);
            Reads[first + i] = AccessRecord.OfCell(group.Read, i);
            OlderReads[first + i] = AccessRecord.OfCell(group.OlderRead, i);
            Lanes[first + i] = 1u << AccessRecord.Lane(Reads[first + i]);
        }
        group = CellGroup.Expanded;
    }

    private void AllocateCells()
    {
        int cells = _bytes >> Shift;
        _cells = GC.AllocateArray<ulong>(4 * cells, pinned: true);
        Writes = (ulong*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_cells));
        Reads = Writes + cells;
        OlderReads = Reads + cells;
        Lanes = (uint*)(OlderReads + cells);
    }

    private static void Spread<T>(T* from, T* to, int cells, int halvings)
        where T : unmanaged
    {
        for (int i = 0; i < cells << halvings; i++)
        {
            to[i] = from[i >> halvings];
        }
    }
}

/// <summary>The records of eight neighbouring cells in one: the lane of a cell follows from its place (<see cref="AccessRecord.OfCell"/>).</summary>
internal struct CellGroup
{
    private const ulong ExpandedMark = ulong.MaxValue;

    public ulong Write;
    public ulong Read;
    public ulong OlderRead;

    public static CellGroup Expanded => new() { Write = ExpandedMark };

    public readonly bool IsExpanded => Write == ExpandedMark;

    /// <summary>One of the groups that take its place when cells are halved some times.</summary>
    public readonly CellGroup Part(int index, int halvings) => IsExpanded ? this : new CellGroup
    {
        Write = AccessRecord.OfPart(Write, index, halvings),
        Read = AccessRecord.OfPart(Read, index, halvings),
        OlderRead = AccessRecord.OfPart(OlderRead, index, halvings),
    };
}
