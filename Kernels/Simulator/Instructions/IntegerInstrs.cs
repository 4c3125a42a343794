using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>Addition and subtraction with the carry flag.</summary>
internal sealed unsafe class CarryInstr(int d, int size, int a, int b, bool subtract, bool carryIn, bool carryOut) : Instr
{
    public override void Execute(Warp w)
    {
        byte* r = w.R;
        int bits = 8 * size;
        for (uint left = w.Mask; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            UInt128 x = Lanes.Get(r + a, size, lane);
            UInt128 y = Lanes.Get(r + b, size, lane);
            uint flag = carryIn ? w.Carry >> lane & 1 : 0;
            // The flag of a subtraction is the borrow.
            UInt128 sum = subtract ? x - y - flag : x + y + flag;
            Lanes.Set(r + d, size, lane, (ulong)sum);
            if (carryOut)
            {
                uint carry = (uint)(sum >> bits) & 1;
                w.Carry = (w.Carry & ~(1u << lane)) | (carry << lane);
            }
        }
    }
}

/// <summary><c>mul.wide</c>: the full product in a register of twice the size.</summary>
internal sealed unsafe class WideMultiply<TFrom, TTo>(int d, int a, int b) : Instr
    where TFrom : unmanaged
    where TTo : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(Warp w)
    {
        byte* r = w.R;
        uint mask = w.Mask;
        // The destination may be one of the sources' neighbours but never overlaps them: all reads of a vector precede its writes.
        for (int v = 0; v < Lanes.Vectors<TFrom>(); v++)
        {
            (Vector512<TTo> a0, Vector512<TTo> a1) = Widen(Lanes.Load<TFrom>(r + a, v));
            (Vector512<TTo> b0, Vector512<TTo> b1) = Widen(Lanes.Load<TFrom>(r + b, v));
            Lanes.Store(r + d, 2 * v, a0 * b0, mask);
            Lanes.Store(r + d, (2 * v) + 1, a1 * b1, mask);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<TTo> Lower, Vector512<TTo> Upper) Widen(Vector512<TFrom> x)
    {
        if (typeof(TFrom) == typeof(int))
        {
            (Vector512<long> lower, Vector512<long> upper) = Vector512.Widen(x.AsInt32());
            return (lower.As<long, TTo>(), upper.As<long, TTo>());
        }
        if (typeof(TFrom) == typeof(uint))
        {
            (Vector512<ulong> lower, Vector512<ulong> upper) = Vector512.Widen(x.AsUInt32());
            return (lower.As<ulong, TTo>(), upper.As<ulong, TTo>());
        }
        if (typeof(TFrom) == typeof(short))
        {
            (Vector512<int> lower, Vector512<int> upper) = Vector512.Widen(x.AsInt16());
            return (lower.As<int, TTo>(), upper.As<int, TTo>());
        }
        (Vector512<uint> low, Vector512<uint> high) = Vector512.Widen(x.AsUInt16());
        return (low.As<uint, TTo>(), high.As<uint, TTo>());
    }
}
