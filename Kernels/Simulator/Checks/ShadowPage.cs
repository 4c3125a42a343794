using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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

    // The cells of groups that are taken apart; null while there are none.
    public ulong[]? Writes { get; private set; }

    public ulong[]? Reads { get; private set; }

    /// <summary>A read by another warp than that in <see cref="Reads"/>.</summary>
    public ulong[]? OlderReads { get; private set; }

    /// <summary>The lanes that have read in the segment of <see cref="Reads"/>.</summary>
    public uint[]? Lanes { get; private set; }

    /// <summary>Takes the group of a cell apart.</summary>
    [MemberNotNull(nameof(Writes), nameof(Reads), nameof(OlderReads), nameof(Lanes))]
    public void Expand(int cell)
    {
        if (Writes is null || Reads is null || OlderReads is null || Lanes is null)
        {
            AllocateCells();
        }
        ref CellGroup group = ref Groups[cell >> 3];
        if (group.IsExpanded)
        {
            return;
        }
        int first = cell & ~7;
        if ((group.Write | group.Read | group.OlderRead) == 0)
        {
            Vector512<ulong>.Zero.StoreUnsafe(ref Writes[first]);
            Vector512<ulong>.Zero.StoreUnsafe(ref Reads[first]);
            Vector512<ulong>.Zero.StoreUnsafe(ref OlderReads[first]);
        }
        else
        {
            for (int i = 0; i < GroupCells; i++)
            {
                Writes[first + i] = AccessRecord.OfCell(group.Write, i);
                Reads[first + i] = AccessRecord.OfCell(group.Read, i);
                OlderReads[first + i] = AccessRecord.OfCell(group.OlderRead, i);
                Lanes[first + i] = 1u << AccessRecord.Lane(Reads[first + i]);
            }
        }
        group = CellGroup.Expanded;
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
        if (Writes != null)
        {
            Writes = Spread(Writes, halvings);
            Reads = Spread(Reads!, halvings);
            OlderReads = Spread(OlderReads!, halvings);
            Lanes = Spread(Lanes!, halvings);
        }
        Shift = shift;
    }

    public void Clear() => new Span<CellGroup>(Groups, GroupCount).Clear();

    private CellGroup* Allocate(int count)
    {
        _own = GC.AllocateArray<CellGroup>(count, pinned: true);
        return (CellGroup*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_own));
    }

    [MemberNotNull(nameof(Writes), nameof(Reads), nameof(OlderReads), nameof(Lanes))]
    private void AllocateCells()
    {
        Writes = new ulong[_bytes >> Shift];
        Reads = new ulong[_bytes >> Shift];
        OlderReads = new ulong[_bytes >> Shift];
        Lanes = new uint[_bytes >> Shift];
    }

    private static T[] Spread<T>(T[] cells, int halvings)
    {
        var parts = new T[cells.Length << halvings];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = cells[i >> halvings];
        }
        return parts;
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
