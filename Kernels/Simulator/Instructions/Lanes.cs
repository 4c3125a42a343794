using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>Reads and writes registers: 32 lanes side by side, as one (16-bit), two (32-bit) or four (64-bit) vectors of 512 bits.</summary>
internal static unsafe class Lanes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Vectors<T>()
        where T : unmanaged => sizeof(T) / 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load<T>(byte* register, int vector)
        where T : unmanaged => Vector512.Load((T*)(register + (64 * vector)));

    /// <summary>Writes one vector of a register for the lanes of <paramref name="mask"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(byte* register, int vector, Vector512<T> value, uint mask)
        where T : unmanaged
    {
        var to = (T*)(register + (64 * vector));
        if (mask != Warp.Full)
        {
            value = Vector512.ConditionalSelect(Expand<T>(mask, vector), value, Vector512.Load(to));
        }
        value.Store(to);
    }

    /// <summary>The lanes of one vector as all ones or all zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Expand<T>(uint mask, int vector)
        where T : unmanaged
    {
        if (sizeof(T) == 8)
        {
            Vector512<ulong> bits = Vector512.Create(1UL, 2, 4, 8, 16, 32, 64, 128);
            return Vector512.Equals(Vector512.Create((ulong)(mask >> (8 * vector))) & bits, bits).As<ulong, T>();
        }
        if (sizeof(T) == 4)
        {
            Vector512<uint> bits = Vector512.Create(1u, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
            return Vector512.Equals(Vector512.Create(mask >> (16 * vector)) & bits, bits).As<uint, T>();
        }
        Vector256<ushort> half = Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
        Vector512<ushort> both = Vector512.Create(half, half);
        Vector512<ushort> value = Vector512.Create(Vector256.Create((ushort)mask), Vector256.Create((ushort)(mask >> 16)));
        return Vector512.Equals(value & both, both).As<ushort, T>();
    }

    /// <summary>One bit per lane of a comparison's result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Bits<T>(Vector512<T> comparison, int vector)
        where T : unmanaged =>
        (uint)comparison.ExtractMostSignificantBits() << (sizeof(T) == 8 ? 8 * vector : sizeof(T) == 4 ? 16 * vector : 0);

    /// <summary>The bits of one lane, zero-extended. A size of 0 is a predicate.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Get(byte* register, int size, int lane) => size switch
    {
        4 => ((uint*)register)[lane],
        8 => ((ulong*)register)[lane],
        2 => ((ushort*)register)[lane],
        1 => register[lane],
        _ => (*(uint*)register >> lane) & 1,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set(byte* register, int size, int lane, ulong value)
    {
        switch (size)
        {
            case 4: ((uint*)register)[lane] = (uint)value; break;
            case 8: ((ulong*)register)[lane] = value; break;
            case 2: ((ushort*)register)[lane] = (ushort)value; break;
            case 1: register[lane] = (byte)value; break;
            default:
                uint* predicate = (uint*)register;
                *predicate = (*predicate & ~(1u << lane)) | ((uint)(value & 1) << lane);
                break;
        }
    }

    /// <summary>Writes a predicate for the lanes of <paramref name="mask"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SetPredicate(byte* register, uint value, uint mask)
    {
        uint* predicate = (uint*)register;
        *predicate = (*predicate & ~mask) | (value & mask);
    }

    public static int First(uint mask) => BitOperations.TrailingZeroCount(mask);
}
