using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>Outputs are written as they are.</summary>
internal readonly struct NoEpilogue : IPixelEpilogue<NoEpilogue>
{
    public unsafe float* Reads => null;

    public NoEpilogue Of(int strip, int pixels) => this;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V value, nint at, nint c, in ChannelNumbers<V> numbers, ref V first, ref V second) where V : unmanaged, IVec<V> => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ChannelNumbers<V> NumbersOf<V>(nint c, V near) where V : unmanaged, IVec<V> => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ChannelNumbers<V> Resume<V>(nint c, out V first, out V second) where V : unmanaged, IVec<V>
    {
        first = second = V.Zero;
        return default;
    }

    public void Keep<V>(nint c, in ChannelNumbers<V> numbers, V first, V second) where V : unmanaged, IVec<V>
    {
        // There are no sums.
    }
}
