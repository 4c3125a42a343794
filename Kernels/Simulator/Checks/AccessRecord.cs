using System.Runtime.CompilerServices;

namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>
/// One access as racecheck remembers it, in 64 bits: who (a segment, see <see cref="SegmentTable"/>, and one lane), the instruction, and
/// whether it was atomic. 0 is no access. Segments are numbered in the order in which they began, so records compare by age of their segment.
/// </summary>
/// <remarks>
/// Bits from the top: 32 segment, 19 instruction, 2 spread, 5 lane, 5 warp, 1 atomic. The spread has a meaning for a group of cells: 2^spread
/// neighbouring cells belong to one lane, the next ones to the next.
/// </remarks>
internal static class AccessRecord
{
    public const ulong SegmentMask = 0xFFFF_FFFF_0000_0000;
    public const ulong LaneMask = 31UL << LaneShift;
    public const ulong SpreadMask = 3UL << SpreadShift;
    public const ulong InstrMask = (ulong)InstrLimit << InstrShift;
    public const ulong WarpMask = 31UL << WarpShift;
    public const ulong AtomicBit = 1;
    public const int LaneShift = 6;

    /// <summary>All eight cells of a group belong to one lane.</summary>
    public const int OneLane = 3;

    private const int WarpShift = 1;
    private const int SpreadShift = 11;
    private const int InstrShift = 13;
    private const int InstrLimit = (1 << 19) - 1;

    /// <summary>The oldest record of a segment: what is smaller is older.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Floor(uint segment) => (ulong)segment << 32;

    /// <summary>A record of lane 0; a lane is added with <see cref="At"/>.</summary>
    public static ulong Make(uint segment, int instr, int warp, bool atomic) =>
        Floor(segment) | ((ulong)Math.Min(instr, InstrLimit) << InstrShift) | ((ulong)warp << WarpShift) | (atomic ? AtomicBit : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong At(ulong record, int lane) => record | ((ulong)lane << LaneShift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong At(ulong record, int lane, int spread) => record | ((ulong)lane << LaneShift) | ((ulong)Math.Min(spread, OneLane) << SpreadShift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Segment(ulong record) => (uint)(record >> 32);

    public static int Instr(ulong record) => (int)(record >> InstrShift) & InstrLimit;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Lane(ulong record) => (int)(record >> LaneShift) & 31;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Warp(ulong record) => (int)(record >> WarpShift) & 31;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsAtomic(ulong record) => (record & AtomicBit) != 0;

    /// <summary>The record of one of the eight cells of a group.</summary>
    public static ulong OfCell(ulong group, int cell)
    {
        int spread = Spread(group);
        return group == 0 ? 0 : (group & ~SpreadMask) + ((ulong)(spread == OneLane ? 0 : cell >> spread) << LaneShift);
    }

    /// <summary>The record of one of the groups that a line falls into: its lanes go on where those of the group before end.</summary>
    public static ulong OfGroup(ulong line, int group) =>
        line == 0 ? 0 : line + ((ulong)(group * ShadowPage.GroupCells >> Spread(line)) << LaneShift);

    /// <summary>The record of one of the groups that a group falls into when its cells are halved some times.</summary>
    public static ulong OfPart(ulong group, int part, int halvings)
    {
        if (group == 0)
        {
            return 0;
        }
        int spread = Spread(group);
        int lane = spread == OneLane ? 0 : part * ShadowPage.GroupCells >> (spread + halvings);
        return At((group & ~SpreadMask) + ((ulong)lane << LaneShift), 0, spread + halvings);
    }

    private static int Spread(ulong record) => (int)(record >> SpreadShift) & 3;
}
