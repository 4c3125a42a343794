using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Elementwise;

internal readonly unsafe struct FillKernel(float* y, float value) : IElementKernel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Invoke<V>(nint i) where V : unmanaged, IVec<V> => V.Create(value).Store(y + i);
}

internal readonly unsafe struct UnaryKernel<TOp>(float* x, float* y) : IElementKernel where TOp : struct, IUnaryOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Invoke<V>(nint i) where V : unmanaged, IVec<V> => TOp.Invoke(V.Load(x + i)).Store(y + i);
}

internal readonly unsafe struct UnaryBackwardKernel<TOp>(float* saved, float* gradY, float* gradX) : IElementKernel where TOp : struct, IUnaryOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Invoke<V>(nint i) where V : unmanaged, IVec<V> => TOp.Backward(V.Load(saved + i), V.Load(gradY + i)).Store(gradX + i);
}

internal readonly unsafe struct UnaryBackwardAddKernel<TOp>(float* saved, float* gradY, float* gradX) : IElementKernel where TOp : struct, IUnaryOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Invoke<V>(nint i) where V : unmanaged, IVec<V> =>
        (V.Load(gradX + i) + TOp.Backward(V.Load(saved + i), V.Load(gradY + i))).Store(gradX + i);
}

internal readonly unsafe struct BinaryKernel<TOp>(float* a, float* b, float* y) : IElementKernel where TOp : struct, IBinaryOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Invoke<V>(nint i) where V : unmanaged, IVec<V> => TOp.Invoke(V.Load(a + i), V.Load(b + i)).Store(y + i);
}

/// <summary>y = op(a, b) with one b for the whole row.</summary>
internal readonly unsafe struct BinaryRightScalarKernel<TOp>(float* a, float b, float* y) : IElementKernel where TOp : struct, IBinaryOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Invoke<V>(nint i) where V : unmanaged, IVec<V> => TOp.Invoke(V.Load(a + i), V.Create(b)).Store(y + i);
}

/// <summary>y = op(a, b) with one a for the whole row.</summary>
internal readonly unsafe struct BinaryLeftScalarKernel<TOp>(float a, float* b, float* y) : IElementKernel where TOp : struct, IBinaryOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Invoke<V>(nint i) where V : unmanaged, IVec<V> => TOp.Invoke(V.Create(a), V.Load(b + i)).Store(y + i);
}

internal readonly unsafe struct AddScaledKernel(float* a, float* x, float alpha, float* y) : IElementKernel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Invoke<V>(nint i) where V : unmanaged, IVec<V> => V.MultiplyAdd(V.Create(alpha), V.Load(x + i), V.Load(a + i)).Store(y + i);
}

/// <summary>Sets a flag when an element is NaN or infinite; blocks that start after that are skipped.</summary>
internal readonly unsafe struct NonFiniteKernel(float* x, int* found) : IRangeKernel
{
    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        if (Volatile.Read(ref *found) != 0) return;
        // 0 x is zero for every finite x and NaN for the others, and NaN stays in a sum.
        var sum = V.Zero;
        float* p = x + start, last = x + end;
        for (; last - p >= V.Count; p += V.Count) sum = V.MultiplyAdd(V.Load(p), V.Zero, sum);
        float rest = 0;
        for (; p < last; p++) rest += *p * 0f;
        if (float.IsNaN(sum.SumAcross() + rest)) Volatile.Write(ref *found, 1);
    }
}
