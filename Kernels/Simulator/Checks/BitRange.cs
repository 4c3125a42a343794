using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>One bit per byte of some memory. A bitmap needs <see cref="Padding"/> bytes behind its last one.</summary>
internal static unsafe class BitRange
{
    public const int Padding = 8;

    /// <summary>Bits that fit into one unaligned word whatever their place in it.</summary>
    private const int Short = 56;

    public static long BytesFor(long bits) => (bits / 8) + 1 + Padding;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AllSet(byte* bits, long start, long count)
    {
        if (count > Short)
        {
            return AllSetLong(bits, start, count);
        }
        ulong mask = (1UL << (int)count) - 1;
        return (~(*(ulong*)(bits + (start >> 3)) >> (int)(start & 7)) & mask) == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set(byte* bits, long start, long count)
    {
        if (count > Short)
        {
            Fill(bits, start, count, true);
            return;
        }
        *(ulong*)(bits + (start >> 3)) |= ((1UL << (int)count) - 1) << (int)(start & 7);
    }

    public static void Fill(byte* bits, long start, long count, bool value)
    {
        for (; count > 0 && (start & 7) != 0; start++, count--)
        {
            Put(bits, start, value);
        }
        NativeMemory.Fill(bits + (start >> 3), (nuint)(count >> 3), (byte)(value ? 0xFF : 0));
        for (start += count & ~7L, count &= 7; count > 0; start++, count--)
        {
            Put(bits, start, value);
        }
    }

    /// <summary>Copies bits inside one bitmap; overlapping ranges behave as if through a temporary.</summary>
    public static void Copy(byte* bits, long to, long from, long count)
    {
        if (((to | from | count) & 7) == 0)
        {
            Buffer.MemoryCopy(bits + (from >> 3), bits + (to >> 3), count >> 3, count >> 3);
            return;
        }
        bool backwards = to > from;
        for (long i = 0; i < count; i++)
        {
            long at = backwards ? count - 1 - i : i;
            Put(bits, to + at, (bits[(from + at) >> 3] >> (int)((from + at) & 7) & 1) != 0);
        }
    }

    private static bool AllSetLong(byte* bits, long start, long count)
    {
        for (; count > 0; start += Short, count -= Short)
        {
            if (!AllSet(bits, start, Math.Min(count, Short)))
            {
                return false;
            }
        }
        return true;
    }

    private static void Put(byte* bits, long at, bool value)
    {
        var bit = (byte)(1 << (int)(at & 7));
        bits[at >> 3] = (byte)(value ? bits[at >> 3] | bit : bits[at >> 3] & ~bit);
    }
}
