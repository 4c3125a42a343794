using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;
using WrnEngine.Devices.Cpu.Winograd;

namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>An epilogue as the passes hold it: they ask it to run, and it runs with its own kind of arithmetic compiled in.</summary>
internal abstract unsafe class StripEpilogue
{
    /// <summary>Writes outputs as they are.</summary>
    public static StripEpilogue None { get; } = new StripEpilogue<NoEpilogue>(default);

    /// <summary>Works on channels <paramref name="channelStart"/> .. <paramref name="channelEnd"/> - 1 of a strip's outputs, fresh in the cache.</summary>
    /// <param name="strip">The number of the strip; every (strip, channel) comes exactly once.</param>
    /// <param name="target">The strip's first output.</param>
    /// <param name="origin">Where that lies in the tensor, in elements: other tensors of the same shape are read there.</param>
    /// <param name="offsets">[pixels] Each pixel's place relative to the first.</param>
    /// <param name="pixels">Pixels in the strip.</param>
    /// <param name="channelStart">First channel.</param>
    /// <param name="channelEnd">One past the last channel.</param>
    public abstract void Apply(int strip, float* target, long origin, int* offsets, int pixels, int channelStart, int channelEnd);

    /// <summary>Lets a Winograd pass write the tiles of a strip, each output through the epilogue.</summary>
    public abstract void Write<S>(in OutputTransform<S> transform, int strip, in TileProducts products) where S : IScheme;
}

/// <inheritdoc/>
internal sealed unsafe class StripEpilogue<TPixel>(TPixel pixel) : StripEpilogue where TPixel : struct, IPixelEpilogue<TPixel>
{
    public override void Write<S>(in OutputTransform<S> transform, int strip, in TileProducts products) =>
        transform.Run(products, pixel.Of(strip, transform.PixelsOf(products)));

    public override void Apply(int strip, float* target, long origin, int* offsets, int pixels, int channelStart, int channelEnd)
    {
        if (typeof(TPixel) == typeof(NoEpilogue)) return;
        VectorLoops.Run(new Strip(pixel.Of(strip, pixels), target, (nint)origin, offsets, pixels), channelStart, channelEnd);
    }

    private readonly struct Strip(TPixel pixel, float* target, nint origin, int* offsets, int pixels) : IRangeKernel
    {
        public void Run<V>(long start, long end) where V : unmanaged, IVec<V> =>
            VectorLoops.Elements<Channels, V>(new Channels(pixel, target, origin, offsets, pixels), (nint)start, (nint)end);
    }

    private readonly struct Channels(TPixel pixel, float* target, nint origin, int* offsets, int pixels) : IElementKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V>
        {
            V first = V.Zero, second = V.Zero;
            var numbers = pixel.NumbersOf(c, Estimate<V>(c));
            for (int p = 0; p < pixels; p++)
            {
                float* y = target + offsets[p] + c;
                pixel.Apply(V.Load(y), origin + offsets[p], c, numbers, ref first, ref second).Store(y);
            }
            pixel.Keep(c, numbers, first, second);
        }

        /// <summary>The mean of a few outputs all over the strip: nearer to the strip's than any one of them.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private V Estimate<V>(nint c) where V : unmanaged, IVec<V>
        {
            const int Samples = 8;
            V sum = V.Zero, unused = V.Zero, unused2 = V.Zero;
            var numbers = pixel.NumbersOf(c, V.Zero);
            for (int i = 0; i < Samples; i++)
            {
                nint offset = offsets[i * pixels / Samples];
                sum += pixel.Apply(V.Load(target + offset + c), origin + offset, c, numbers, ref unused, ref unused2);
            }
            return sum * V.Create(1f / Samples);
        }
    }
}
