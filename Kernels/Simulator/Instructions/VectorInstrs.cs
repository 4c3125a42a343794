using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Instructions;

internal interface IUnary<T>
{
    static abstract Vector512<T> Invoke(Vector512<T> a);
}

internal interface IBinary<T>
{
    static abstract Vector512<T> Invoke(Vector512<T> a, Vector512<T> b);
}

internal interface ITernary<T>
{
    static abstract Vector512<T> Invoke(Vector512<T> a, Vector512<T> b, Vector512<T> c);
}

/// <summary>d = f(a) on vectors. Inactive lanes are computed too and thrown away.</summary>
internal sealed unsafe class VectorUnary<TOp, T>(int d, int a) : Instr
    where TOp : struct, IUnary<T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(Warp w)
    {
        byte* r = w.R;
        uint mask = w.Mask;
        for (int v = 0; v < Lanes.Vectors<T>(); v++)
        {
            Lanes.Store(r + d, v, TOp.Invoke(Lanes.Load<T>(r + a, v)), mask);
        }
    }
}

/// <summary>d = f(a, b) on vectors.</summary>
internal sealed unsafe class VectorBinary<TOp, T>(int d, int a, int b) : Instr
    where TOp : struct, IBinary<T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(Warp w)
    {
        byte* r = w.R;
        uint mask = w.Mask;
        for (int v = 0; v < Lanes.Vectors<T>(); v++)
        {
            Lanes.Store(r + d, v, TOp.Invoke(Lanes.Load<T>(r + a, v), Lanes.Load<T>(r + b, v)), mask);
        }
    }
}

/// <summary>d = f(a, b, c) on vectors.</summary>
internal sealed unsafe class VectorTernary<TOp, T>(int d, int a, int b, int c) : Instr
    where TOp : struct, ITernary<T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(Warp w)
    {
        byte* r = w.R;
        uint mask = w.Mask;
        for (int v = 0; v < Lanes.Vectors<T>(); v++)
        {
            Lanes.Store(r + d, v, TOp.Invoke(Lanes.Load<T>(r + a, v), Lanes.Load<T>(r + b, v), Lanes.Load<T>(r + c, v)), mask);
        }
    }
}

/// <summary>d = a shifted by a constant that is smaller than the width.</summary>
internal sealed unsafe class VectorShift<TOp, T>(int d, int a, int count) : Instr
    where TOp : struct, IShift<T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(Warp w)
    {
        byte* r = w.R;
        for (int v = 0; v < Lanes.Vectors<T>(); v++)
        {
            Lanes.Store(r + d, v, TOp.Invoke(Lanes.Load<T>(r + a, v), count), w.Mask);
        }
    }
}

internal interface IShift<T>
{
    static abstract Vector512<T> Invoke(Vector512<T> a, int count);
}

/// <summary>A function of one lane: up to four sources, zero-extended, to one result.</summary>
internal delegate ulong LaneFunction(ulong a, ulong b, ulong c, ulong d);

/// <summary>Any instruction that works lane by lane. Slower than vectors, and enough for what is rare.</summary>
internal sealed unsafe class LaneInstr(int d, int dSize, (int Slot, int Size)[] sources, LaneFunction function) : Instr
{
    public override void Execute(Warp w)
    {
        byte* r = w.R;
        (int slotA, int sizeA) = sources.Length > 0 ? sources[0] : (0, 0);
        (int slotB, int sizeB) = sources.Length > 1 ? sources[1] : (0, 0);
        (int slotC, int sizeC) = sources.Length > 2 ? sources[2] : (0, 0);
        (int slotD, int sizeD) = sources.Length > 3 ? sources[3] : (0, 0);
        for (uint left = w.Mask; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            ulong a = Lanes.Get(r + slotA, sizeA, lane);
            ulong b = sources.Length > 1 ? Lanes.Get(r + slotB, sizeB, lane) : 0;
            ulong c = sources.Length > 2 ? Lanes.Get(r + slotC, sizeC, lane) : 0;
            ulong e = sources.Length > 3 ? Lanes.Get(r + slotD, sizeD, lane) : 0;
            Lanes.Set(r + d, dSize, lane, function(a, b, c, e));
        }
    }
}
