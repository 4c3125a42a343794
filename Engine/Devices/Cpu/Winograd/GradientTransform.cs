using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>
/// A dY A^T for a run of tiles, the adjoint of <see cref="OutputTransform{S}"/>; outputs outside the image have no gradient. Rows of the result are
/// asked for by the rows of filters that they are multiplied with.
/// </summary>
/// <param name="grid">The tiles.</param>
/// <param name="gradY">The gradients of the outputs, channels last.</param>
internal readonly unsafe struct GradientTransform<S>(TileGrid grid, float* gradY) where S : IForwardScheme
{
    /// <summary>Transforms <paramref name="count"/> tiles; the parameters are those of <see cref="InputTransform{S}.Run"/>.</summary>
    public void Run(int first, int count, float* values, in ValueLayout layout, int firstRow, int endRow, float* scratch) =>
        VectorLoops.Run(new Kernel(grid, gradY, values, layout, firstRow, endRow, scratch), first, first + count);

    private readonly struct Kernel(TileGrid grid, float* gradY, float* values, ValueLayout layout, int firstRow, int endRow, float* scratch) : IRangeKernel
    {
        public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
        {
            int channels = grid.Correlation.TargetChannels;
            float* zeros = scratch, temporary = scratch + (channels + Scheme.Lanes - 1) / Scheme.Lanes * Scheme.Lanes;
            new Span<float>(zeros, channels).Clear();
            float** pixels = stackalloc float*[S.OutTile * S.OutTile], next = stackalloc float*[S.OutTile * S.OutTile];
            Find(start, zeros, next);
            for (long tile = start; tile < end; tile++)
            {
                float** present = next;
                next = pixels;
                pixels = present;
                Find(Math.Min(tile + 1, end - 1), zeros, next);
                float* to = values + (tile - start) * layout.TileStride;
                for (int block = 0; block < channels; block += layout.BlockChannels, to += layout.BlockStride)
                    VectorLoops.Elements<Channels, V>(
                        new Channels(pixels, next, to - block, (nint)layout.PlaneStride, firstRow, endRow, temporary), block, Math.Min(channels, block + layout.BlockChannels));
            }
        }

        private void Find(long tile, float* zeros, float** pixels)
        {
            grid.Outputs((int)tile, gradY, pixels);
            for (int i = 0; i < S.OutTile * S.OutTile; i++)
                if (pixels[i] == null) pixels[i] = zeros;
        }
    }

    /// <summary>The channels of one tile.</summary>
    private readonly struct Channels(float** pixels, float** next, float* to, nint planeStride, int firstRow, int endRow, float* temporary) : IElementKernel
    {
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V>
        {
            Ahead.FetchPixels(next, S.OutTile, 0, 0, c);
            Ahead.FetchPlanes(to + c + Scheme.Lanes, planeStride, (endRow - firstRow) * S.Products, c);
            nint pitch = S.OutTile * V.Count;
            for (int j = 0; j < S.OutTile; j++)
                S.OutputAdjoint<V, Pixels<V>, MemoryLine<V>>(new Pixels<V>(pixels + j, c), new MemoryLine<V>(temporary + j * V.Count, pitch));
            for (int i = firstRow; i < endRow; i++)
                S.OutputAdjoint<V, MemoryLine<V>, MemoryLine<V>>(
                    new MemoryLine<V>(temporary + S.ProductOf(i) * pitch, V.Count), new MemoryLine<V>(to + c + (i - firstRow) * S.Products * planeStride, planeStride));
        }
    }

    /// <summary>A column of a tile's gradients.</summary>
    private readonly struct Pixels<V>(float** column, nint c) : ILineSource<V> where V : unmanaged, IVec<V>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Load(int i) => V.Load(column[S.OutTile * i] + c);
    }
}
