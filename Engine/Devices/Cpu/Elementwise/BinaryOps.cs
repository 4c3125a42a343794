using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Elementwise;

/// <summary>A function of two numbers.</summary>
internal interface IBinaryOp
{
    static abstract V Invoke<V>(V a, V b) where V : unmanaged, IVec<V>;
}

internal readonly struct AddOp : IBinaryOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Invoke<V>(V a, V b) where V : unmanaged, IVec<V> => a + b;
}

internal readonly struct SubtractOp : IBinaryOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Invoke<V>(V a, V b) where V : unmanaged, IVec<V> => a - b;
}

internal readonly struct MultiplyOp : IBinaryOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Invoke<V>(V a, V b) where V : unmanaged, IVec<V> => a * b;
}

internal readonly struct DivideOp : IBinaryOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Invoke<V>(V a, V b) where V : unmanaged, IVec<V> => a / b;
}
