using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>Y = A^T M A for a run of tiles and a panel of channels, written to the images.</summary>
/// <param name="grid">The tiles.</param>
/// <param name="target">The images, channels last.</param>
/// <param name="accumulate">Add to what is there.</param>
internal readonly unsafe struct OutputTransform<S>(TileGrid grid, float* target, bool accumulate) where S : IScheme
{
    /// <summary>Transforms <paramref name="count"/> tiles.</summary>
    /// <param name="first">The first tile.</param>
    /// <param name="count">How many.</param>
    /// <param name="products">Products of the first tile: [planes][tiles][width].</param>
    /// <param name="planeStride">From one plane to the next.</param>
    /// <param name="width">From one tile to the next.</param>
    /// <param name="channel">The first channel of the panel.</param>
    /// <param name="columns">How many channels it has.</param>
    public void Run(int first, int count, float* products, long planeStride, int width, int channel, int columns) =>
        VectorLoops.Run(new Kernel(grid, target + channel, accumulate, products, (nint)planeStride, width, columns), first, first + count);

    private readonly struct Kernel(
        TileGrid grid, float* target, bool accumulate, float* products, nint planeStride, int width, int columns) : IRangeKernel
    {
        public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
        {
            float** pixels = stackalloc float*[S.OutTile * S.OutTile];
            float* temporary = stackalloc float[S.OutTile * S.Products * Scheme.Lanes];
            for (long tile = start; tile < end; tile++)
            {
                grid.Outputs((int)tile, target, pixels);
                VectorLoops.Elements<Channels, V>(
                    new Channels(products + (tile - start) * width, planeStride, pixels, temporary, accumulate), 0, columns);
            }
        }
    }

    /// <summary>The channels of one tile.</summary>
    private readonly struct Channels(float* products, nint planeStride, float** pixels, float* temporary, bool accumulate) : IElementKernel
    {
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V>
        {
            nint pitch = S.Products * V.Count;
            for (int j = 0; j < S.Products; j++)
                S.Output<V, MemoryLine, MemoryLine>(
                    new MemoryLine(products + c + j * planeStride, S.Products * planeStride), new MemoryLine(temporary + j * V.Count, pitch));
            for (int i = 0; i < S.OutTile; i++)
                S.Output<V, MemoryLine, Pixels>(new MemoryLine(temporary + i * pitch, V.Count), new Pixels(pixels + i * S.OutTile, c, accumulate));
        }
    }

    /// <summary>A row of a tile's outputs.</summary>
    private readonly struct Pixels(float** row, nint c, bool accumulate) : ILineTarget
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store<V>(int i, V value) where V : unmanaged, IVec<V>
        {
            float* pixel = row[i];
            if (pixel == null) return;
            if (accumulate) value += V.Load(pixel + c);
            value.Store(pixel + c);
        }
    }
}
