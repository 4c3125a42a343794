using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>
/// What happens to each output on its way to memory, channels side by side in the vectors, and the two sums per channel that run over the
/// outputs of a strip. The passes call it with values in registers (Winograd) or fresh in the cache (direct).
/// </summary>
internal interface IPixelEpilogue<TSelf> where TSelf : struct, IPixelEpilogue<TSelf>
{
    /// <summary>A tensor of the outputs' shape that is read along with them, or null.</summary>
    unsafe float* Reads { get; }

    /// <summary>The epilogue with the cells of a strip; <paramref name="pixels"/> outputs will come.</summary>
    TSelf Of(int strip, int pixels);

    /// <summary>The value to write; adds to the sums.</summary>
    /// <param name="value">The output of one pixel, channels <paramref name="c"/> and on.</param>
    /// <param name="at">The pixel's place in the tensor, in elements.</param>
    /// <param name="c">The first channel.</param>
    /// <param name="numbers">What <see cref="NumbersOf"/> or <see cref="Resume"/> said of these channels.</param>
    /// <param name="first">The first sum.</param>
    /// <param name="second">The second sum.</param>
    V Apply<V>(V value, nint at, nint c, in ChannelNumbers<V> numbers, ref V first, ref V second) where V : unmanaged, IVec<V>;

    /// <summary>The numbers of channels <paramref name="c"/> and on, to be kept in registers from pixel to pixel.</summary>
    /// <param name="c">The first channel.</param>
    /// <param name="near">A number near the strip's outputs: distances are taken from it.</param>
    ChannelNumbers<V> NumbersOf<V>(nint c, V near) where V : unmanaged, IVec<V>;

    /// <summary>Takes up numbers and sums where an earlier part of the strip left them.</summary>
    ChannelNumbers<V> Resume<V>(nint c, out V first, out V second) where V : unmanaged, IVec<V>;

    /// <summary>Keeps them.</summary>
    void Keep<V>(nint c, in ChannelNumbers<V> numbers, V first, V second) where V : unmanaged, IVec<V>;
}

/// <summary>Numbers of a few channels: x * Scale + Shift is what was normalised, distances are taken from Near.</summary>
internal readonly record struct ChannelNumbers<V>(V Near, V Scale, V Shift) where V : unmanaged, IVec<V>;
