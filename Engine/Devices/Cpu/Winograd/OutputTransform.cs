using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>Y = A^T M A for a run of tiles and a panel of channels, written to the images.</summary>
/// <param name="grid">The tiles.</param>
/// <param name="target">The images, channels last.</param>
/// <param name="accumulate">Add to what is there.</param>
internal readonly unsafe struct OutputTransform(TileGrid grid, float* target, bool accumulate)
{
    /// <summary>Transforms <paramref name="count"/> tiles.</summary>
    /// <param name="first">The first tile.</param>
    /// <param name="count">How many.</param>
    /// <param name="products">Products of the first tile: [36 frequencies][tiles][width].</param>
    /// <param name="frequencyStride">From one frequency to the next.</param>
    /// <param name="width">From one tile to the next.</param>
    /// <param name="channel">The first channel of the panel.</param>
    /// <param name="columns">How many channels it has.</param>
    public void Run(int first, int count, float* products, long frequencyStride, int width, int channel, int columns) =>
        VectorLoops.Run(new Kernel(grid, target + channel, accumulate, products, (nint)frequencyStride, width, columns), first, first + count);

    private readonly struct Kernel(
        TileGrid grid, float* target, bool accumulate, float* products, nint frequencyStride, int width, int columns) : IRangeKernel
    {
        public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
        {
            float** pixels = stackalloc float*[Winograd.OutTile * Winograd.OutTile];
            float* temporary = stackalloc float[Winograd.OutTile * Winograd.InTile * 16];
            for (long tile = start; tile < end; tile++)
            {
                grid.Outputs((int)tile, target, pixels);
                VectorLoops.Elements<Channels, V>(
                    new Channels(products + (tile - start) * width, frequencyStride, pixels, temporary, accumulate), 0, columns);
            }
        }
    }

    /// <summary>The channels of one tile.</summary>
    private readonly struct Channels(float* products, nint frequencyStride, float** pixels, float* temporary, bool accumulate) : IElementKernel
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

            for (int i = 0; i < Winograd.OutTile; i++)
            {
                Winograd.Output<V>(temporary + i * Winograd.InTile * V.Count, V.Count, out var y0, out var y1, out var y2, out var y3);
                float** row = pixels + i * Winograd.OutTile;
                Write(row[0], c, y0);
                Write(row[1], c, y1);
                Write(row[2], c, y2);
                Write(row[3], c, y3);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Write<V>(float* pixel, nint c, V value) where V : unmanaged, IVec<V>
        {
            if (pixel == null) return;
            if (accumulate) value += V.Load(pixel + c);
            value.Store(pixel + c);
        }
    }
}
