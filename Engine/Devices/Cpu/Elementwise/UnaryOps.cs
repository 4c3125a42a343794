using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Elementwise;

/// <summary>A function of one number and its derivative, given what the op saves: its result, or its argument for the logarithm.</summary>
internal interface IUnaryOp
{
    static abstract V Invoke<V>(V x) where V : unmanaged, IVec<V>;

    /// <summary>gradY * op'(x).</summary>
    static abstract V Backward<V>(V saved, V gradY) where V : unmanaged, IVec<V>;
}

internal readonly struct ExpOp : IUnaryOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Invoke<V>(V x) where V : unmanaged, IVec<V> => VectorMath.Exp(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Backward<V>(V saved, V gradY) where V : unmanaged, IVec<V> => gradY * saved;
}

internal readonly struct LogOp : IUnaryOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Invoke<V>(V x) where V : unmanaged, IVec<V> => VectorMath.Log(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Backward<V>(V saved, V gradY) where V : unmanaged, IVec<V> => gradY / saved;
}

internal readonly struct SqrtOp : IUnaryOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Invoke<V>(V x) where V : unmanaged, IVec<V> => V.Sqrt(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Backward<V>(V saved, V gradY) where V : unmanaged, IVec<V> => gradY / (saved + saved);
}

internal readonly struct ReluOp : IUnaryOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Invoke<V>(V x) where V : unmanaged, IVec<V> => VectorMath.Relu(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Backward<V>(V saved, V gradY) where V : unmanaged, IVec<V> => V.Select(V.LessOrEqual(saved, V.Zero), V.Zero, gradY);
}

internal readonly struct NegateOp : IUnaryOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Invoke<V>(V x) where V : unmanaged, IVec<V> => x ^ V.CreateBits(0x8000_0000);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Backward<V>(V saved, V gradY) where V : unmanaged, IVec<V> => gradY ^ V.CreateBits(0x8000_0000);
}
