using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Conv;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>The products of a run of tiles and a panel of channels: [36 frequencies][tiles][width].</summary>
/// <param name="First">The first tile.</param>
/// <param name="Count">How many.</param>
/// <param name="Values">Frequency 0 of the first tile.</param>
/// <param name="FrequencyStride">From one frequency to the next.</param>
/// <param name="Width">From one tile to the next.</param>
/// <param name="Channel">The first channel of the panel.</param>
/// <param name="Columns">How many channels it has.</param>
internal readonly record struct TileProducts(int First, int Count, nint Values, long FrequencyStride, int Width, int Channel, int Columns);

/// <summary>Y = A^T M A for a run of tiles and a panel of channels, written to the images through an epilogue.</summary>
/// <param name="grid">The tiles.</param>
/// <param name="target">The images, channels last.</param>
/// <param name="accumulate">Add to what is there.</param>
internal readonly unsafe struct OutputTransform(TileGrid grid, float* target, bool accumulate)
{
    // Outputs larger than this are gone from the cache before anybody reads them: writing past it spares reading the lines first.
    private const long StreamedFloats = 8 << 20;

    private readonly bool _streams = !accumulate && grid.Correlation.TargetChannels % 16 == 0 && grid.Floats >= StreamedFloats;

    /// <summary>Outputs inside the images.</summary>
    public int PixelsOf(in TileProducts products)
    {
        int pixels = 0;
        for (int tile = products.First; tile < products.First + products.Count; tile++) pixels += grid.OutputsIn(tile);
        return pixels;
    }

    /// <summary>Transforms the tiles, which are a whole strip to the epilogue.</summary>
    public void Run<TPixel>(in TileProducts products, TPixel pixel) where TPixel : struct, IPixelEpilogue<TPixel> =>
        VectorLoops.Run(new Kernel<TPixel>(grid, target, accumulate, _streams, products, pixel), products.First, products.First + products.Count);

    private readonly struct Kernel<TPixel>(TileGrid grid, float* target, bool accumulate, bool streams, TileProducts products, TPixel pixel) : IRangeKernel
        where TPixel : struct, IPixelEpilogue<TPixel>
    {
        public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
        {
            float** pixels = stackalloc float*[Winograd.OutTile * Winograd.OutTile];
            float* temporary = stackalloc float[Winograd.OutTile * Winograd.InTile * 16];
            for (long tile = start; tile < end; tile++)
            {
                grid.Outputs((int)tile, target, pixels);
                float* values = (float*)products.Values + (tile - start) * products.Width - products.Channel;
                VectorLoops.Elements<Channels<TPixel>, V>(
                    new Channels<TPixel>(values, (nint)products.FrequencyStride, target, pixels, temporary, accumulate, streams, tile == start, pixel),
                    products.Channel, products.Channel + products.Columns);
            }
        }
    }

    /// <summary>The channels of one tile.</summary>
    private readonly struct Channels<TPixel>(
        float* products, nint frequencyStride, float* target, float** pixels, float* temporary, bool accumulate, bool streams, bool isFirst, TPixel pixel) : IElementKernel
        where TPixel : struct, IPixelEpilogue<TPixel>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V>
        {
            for (int j = 0; j < Winograd.InTile; j++)
            {
                Winograd.Output<V>(products + c + j * frequencyStride, Winograd.InTile * frequencyStride, out var y0, out var y1, out var y2, out var y3);
                float* to = temporary + j * V.Count;
                y0.Store(to);
                y1.Store(to + Winograd.InTile * V.Count);
                y2.Store(to + 2 * Winograd.InTile * V.Count);
                y3.Store(to + 3 * Winograd.InTile * V.Count);
            }

            V shift, first, second;
            if (isFirst) (shift, first, second) = (Estimate<V>(c), V.Zero, V.Zero);
            else pixel.Resume(c, out shift, out first, out second);
            for (int i = 0; i < Winograd.OutTile; i++)
            {
                Winograd.Output<V>(temporary + i * Winograd.InTile * V.Count, V.Count, out var y0, out var y1, out var y2, out var y3);
                float** row = pixels + i * Winograd.OutTile;
                Write(row[0], c, y0, shift, ref first, ref second);
                Write(row[1], c, y1, shift, ref first, ref second);
                Write(row[2], c, y2, shift, ref first, ref second);
                Write(row[3], c, y3, shift, ref first, ref second);
            }
            pixel.Keep(c, shift, first, second);
        }

        /// <summary>The mean of the tile's first row, for sums of distances from it.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private V Estimate<V>(nint c) where V : unmanaged, IVec<V>
        {
            Winograd.Output<V>(temporary, V.Count, out var y0, out var y1, out var y2, out var y3);
            V sum = Value(pixels[0], c, y0);
            int count = 1;
            for (int j = 1; j < Winograd.OutTile && pixels[j] != null; j++, count++) sum += Value(pixels[j], c, j == 1 ? y1 : j == 2 ? y2 : y3);
            return sum * V.Create(1f / count);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private V Value<V>(float* to, nint c, V value) where V : unmanaged, IVec<V>
        {
            V unused = V.Zero, unused2 = V.Zero;
            if (accumulate) value += V.Load(to + c);
            return pixel.Apply(value, (nint)(to - target), c, V.Zero, ref unused, ref unused2);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Write<V>(float* to, nint c, V value, V shift, ref V first, ref V second) where V : unmanaged, IVec<V>
        {
            if (to == null) return;
            if (accumulate) value += V.Load(to + c);
            value = pixel.Apply(value, (nint)(to - target), c, shift, ref first, ref second);
            if (streams) value.StoreNonTemporal(to + c);
            else value.Store(to + c);
        }
    }
}
