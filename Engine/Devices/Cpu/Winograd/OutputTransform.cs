using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Conv;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>The products of a run of tiles and a panel of channels: [planes][tiles][width].</summary>
/// <param name="First">The first tile.</param>
/// <param name="Count">How many.</param>
/// <param name="Values">Plane 0 of the first tile.</param>
/// <param name="PlaneStride">From one plane to the next.</param>
/// <param name="Width">From one tile to the next.</param>
/// <param name="Channel">The first channel of the panel.</param>
/// <param name="Columns">How many channels it has.</param>
/// <param name="AreFar">So many products were written at once that they are no longer in the second-level cache.</param>
internal readonly record struct TileProducts(int First, int Count, nint Values, long PlaneStride, int Width, int Channel, int Columns, bool AreFar);

/// <summary>Y = A^T M A for a run of tiles and a panel of channels, written to the images through an epilogue.</summary>
/// <param name="grid">The tiles.</param>
/// <param name="target">The images, channels last.</param>
/// <param name="accumulate">Add to what is there.</param>
internal readonly unsafe struct OutputTransform<S>(TileGrid grid, float* target, bool accumulate) where S : IScheme
{
    // Outputs larger than this are gone from the cache before anybody reads them: writing past it spares reading the lines first.
    private const long StreamedFloats = 8 << 20;

    private readonly bool _streams = !accumulate && grid.Correlation.TargetChannels % Scheme.Lanes == 0 && grid.Floats >= StreamedFloats;

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
            float** pixels = stackalloc float*[S.OutTile * S.OutTile], next = stackalloc float*[S.OutTile * S.OutTile];
            float* room = stackalloc float[S.OutTile * (S.Products + 1) * Scheme.Lanes + Scheme.Lanes], temporary = Scheme.Aligned(room);
            grid.Outputs((int)start, target, next);
            for (long tile = start; tile < end; tile++)
            {
                float** present = next;
                next = pixels;
                pixels = present;
                grid.Outputs((int)Math.Min(tile + 1, grid.Count - 1), target, next);
                float* values = (float*)products.Values + (tile - start) * products.Width - products.Channel;
                VectorLoops.Elements<Channels<TPixel>, V>(
                    new Channels<TPixel>(values, products, target, pixels, next, temporary, accumulate, streams, tile == start, pixel),
                    products.Channel, products.Channel + products.Columns);
            }
        }
    }

    /// <summary>The channels of one tile.</summary>
    private readonly struct Channels<TPixel>(
        float* values, TileProducts products, float* target, float** pixels, float** next, float* temporary, bool accumulate, bool streams, bool isFirst, TPixel pixel)
        : IElementKernel
        where TPixel : struct, IPixelEpilogue<TPixel>
    {
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V>
        {
            nint pitch = S.Products * V.Count, planeStride = (nint)products.PlaneStride;
            if (pixel.Reads != null) Ahead.FetchPixels(next, S.OutTile, 0, (nint)(pixel.Reads - target), c);
            if (products.AreFar) Ahead.FetchPlanes(values + c + products.Width, planeStride, S.Products * S.Products, c);
            for (int j = 0; j < S.Products; j++)
                S.Output<V, MemoryLine<V>, MemoryLine<V>>(
                    new MemoryLine<V>(values + c + j * planeStride, S.Products * planeStride), new MemoryLine<V>(temporary + j * V.Count, pitch));

            float* outputs = temporary + S.OutTile * pitch;
            V first = V.Zero, second = V.Zero;
            var numbers = isFirst ? default : pixel.Resume(c, out first, out second);
            for (int i = 0; i < S.OutTile; i++)
            {
                S.Output<V, MemoryLine<V>, MemoryLine<V>>(new MemoryLine<V>(temporary + i * pitch, V.Count), new MemoryLine<V>(outputs, V.Count));
                float** row = pixels + i * S.OutTile;
                if (isFirst && i == 0) numbers = pixel.NumbersOf(c, Estimate<V>(row, c, outputs));
                for (int j = 0; j < S.OutTile; j++)
                {
                    float* to = row[j];
                    if (to == null) continue;
                    var value = pixel.Apply(Sum(to + c, V.Load(outputs + j * V.Count)), (nint)(to - target), c, numbers, ref first, ref second);
                    if (streams) value.StoreNonTemporal(to + c);
                    else value.Store(to + c);
                }
            }
            pixel.Keep(c, numbers, first, second);
        }

        /// <summary>The mean of a row of outputs, for sums of distances from it.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        private V Estimate<V>(float** row, nint c, float* outputs) where V : unmanaged, IVec<V>
        {
            V sum = V.Zero, unused = V.Zero, unused2 = V.Zero;
            var numbers = pixel.NumbersOf(c, V.Zero);
            int count = 0;
            for (int j = 0; j < S.OutTile; j++)
            {
                if (row[j] == null) continue;
                sum += pixel.Apply(Sum(row[j] + c, V.Load(outputs + j * V.Count)), (nint)(row[j] - target), c, numbers, ref unused, ref unused2);
                count++;
            }
            return sum * V.Create(1f / Math.Max(count, 1));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private V Sum<V>(float* there, V value) where V : unmanaged, IVec<V> => accumulate ? value + V.Load(there) : value;
    }
}
