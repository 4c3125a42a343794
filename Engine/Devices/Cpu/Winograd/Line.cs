using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>What a one-dimensional transform reads: a row or column of numbers, many channels side by side in each.</summary>
internal interface ILineSource<V> where V : unmanaged, IVec<V>
{
    V Load(int i);
}

/// <summary>What a one-dimensional transform writes.</summary>
internal interface ILineTarget<V> where V : unmanaged, IVec<V>
{
    void Store(int i, V value);
}

/// <summary>Numbers <paramref name="stride"/> apart in memory.</summary>
internal readonly unsafe struct MemoryLine<V>(float* first, nint stride) : ILineSource<V>, ILineTarget<V> where V : unmanaged, IVec<V>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Load(int i) => V.Load(first + i * stride);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(int i, V value) => value.Store(first + i * stride);
}
