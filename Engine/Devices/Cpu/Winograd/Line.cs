using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>What a one-dimensional transform reads: a row or column of numbers, many channels side by side in each.</summary>
internal interface ILineSource
{
    V Load<V>(int i) where V : unmanaged, IVec<V>;
}

/// <summary>What a one-dimensional transform writes.</summary>
internal interface ILineTarget
{
    void Store<V>(int i, V value) where V : unmanaged, IVec<V>;
}

/// <summary>Numbers <paramref name="stride"/> apart in memory.</summary>
internal readonly unsafe struct MemoryLine(float* first, nint stride) : ILineSource, ILineTarget
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load<V>(int i) where V : unmanaged, IVec<V> => V.Load(first + i * stride);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<V>(int i, V value) where V : unmanaged, IVec<V> => value.Store(first + i * stride);
}
