using System.Runtime.CompilerServices;

namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>
/// One access as racecheck remembers it, in 64 bits: who (a segment, see <see cref="SegmentTable"/>, and one lane), the instruction, and
/// whether it was atomic. 0 is no access. Segments are numbered in the order in which they began, so records compare by age of their segment.
/// </summary>
internal static class AccessRecord
{
    public const ulong SegmentMask = 0xFFFF_FFFF_0000_0000;
    public const ulong LaneMask = 31UL << LaneShift;
    public const ulong WarpMask = 31UL << WarpShift;
    public const ulong AtomicBit = 1;
    public const int LaneShift = 6;

    private const int WarpShift = 1;
    private const int InstrShift = 11;
    private const int InstrLimit = (1 << 21) - 1;

    /// <summary>The oldest record of a segment: what is smaller is older.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Floor(uint segment) => (ulong)segment << 32;

    /// <summary>A record of lane 0; a lane is added with <see cref="At"/>.</summary>
    public static ulong Make(uint segment, int instr, int warp, bool atomic) =>
        Floor(segment) | ((ulong)Math.Min(instr, InstrLimit) << InstrShift) | ((ulong)warp << WarpShift) | (atomic ? AtomicBit : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong At(ulong record, int lane) => record | ((ulong)lane << LaneShift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Segment(ulong record) => (uint)(record >> 32);

    public static int Instr(ulong record) => (int)(record >> InstrShift) & InstrLimit;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Lane(ulong record) => (int)(record >> LaneShift) & 31;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Warp(ulong record) => (int)(record >> WarpShift) & 31;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsAtomic(ulong record) => (record & AtomicBit) != 0;
}
