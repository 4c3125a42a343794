using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>
/// What happens to each output on its way to memory, channels side by side in the vectors, and the two sums per channel that run over the
/// outputs of a strip. The passes call it with values in registers (Winograd) or fresh in the cache (direct).
/// </summary>
internal interface IPixelEpilogue<TSelf> where TSelf : struct, IPixelEpilogue<TSelf>
{
    /// <summary>The epilogue with the cells of a strip; <paramref name="pixels"/> outputs will come.</summary>
    TSelf Of(int strip, int pixels);

    /// <summary>The value to write; adds to the sums.</summary>
    /// <param name="value">The output of one pixel, channels <paramref name="c"/> and on.</param>
    /// <param name="at">The pixel's place in the tensor, in elements.</param>
    /// <param name="c">The first channel.</param>
    /// <param name="shift">A number near the strip's outputs, the same for all of them.</param>
    /// <param name="first">The first sum.</param>
    /// <param name="second">The second sum.</param>
    V Apply<V>(V value, nint at, nint c, V shift, ref V first, ref V second) where V : unmanaged, IVec<V>;

    /// <summary>Takes up the sums where an earlier part of the strip left them.</summary>
    void Resume<V>(nint c, out V shift, out V first, out V second) where V : unmanaged, IVec<V>;

    /// <summary>Keeps the sums.</summary>
    void Keep<V>(nint c, V shift, V first, V second) where V : unmanaged, IVec<V>;
}
