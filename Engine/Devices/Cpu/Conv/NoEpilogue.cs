using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>Outputs are written as they are.</summary>
internal readonly struct NoEpilogue : IPixelEpilogue<NoEpilogue>
{
    public NoEpilogue Of(int strip, int pixels) => this;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V value, nint at, nint c, V shift, ref V first, ref V second) where V : unmanaged, IVec<V> => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Resume<V>(nint c, out V shift, out V first, out V second) where V : unmanaged, IVec<V> => shift = first = second = V.Zero;

    public void Keep<V>(nint c, V shift, V first, V second) where V : unmanaged, IVec<V>
    {
        // There are no sums.
    }
}
