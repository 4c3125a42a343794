using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Conv;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>
/// V = B^T d B for a run of tiles, channels side by side in the vectors. The batch norm that stands before the convolution is applied to the
/// inputs as they are read; those in the border stay zero.
/// </summary>
/// <param name="grid">The tiles.</param>
/// <param name="source">The images, channels last.</param>
/// <param name="prologue">What happens to each input.</param>
internal readonly unsafe struct InputTransform<S>(TileGrid grid, float* source, ChannelAffine prologue) where S : IScheme
{
    /// <summary>Floats of scratch memory that <see cref="Run"/> needs.</summary>
    public static int ScratchFloats(int channels) => channels + S.Values * S.InTile * Scheme.Lanes + Scheme.Lanes;

    /// <summary>Transforms <paramref name="count"/> tiles.</summary>
    /// <param name="first">The first tile.</param>
    /// <param name="count">How many.</param>
    /// <param name="values">Where plane 0 of channel 0 of the first tile goes.</param>
    /// <param name="layout">How the others lie around it.</param>
    /// <param name="firstRow">First row of planes wanted.</param>
    /// <param name="endRow">One past the last.</param>
    /// <param name="scratch"><see cref="ScratchFloats"/>.</param>
    public void Run(int first, int count, float* values, in ValueLayout layout, int firstRow, int endRow, float* scratch) =>
        VectorLoops.Run(new Kernel(grid, source, prologue, values, layout, firstRow, endRow, scratch), first, first + count);

    private readonly struct Kernel(
        TileGrid grid, float* source, ChannelAffine prologue, float* values, ValueLayout layout, int firstRow, int endRow, float* scratch) : IRangeKernel
    {
        public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
        {
            int channels = grid.Correlation.SourceChannels;
            float* zeros = scratch, temporary = scratch + (channels + Scheme.Lanes - 1) / Scheme.Lanes * Scheme.Lanes;
            new Span<float>(zeros, channels).Clear();
            float** pixels = stackalloc float*[S.InTile * S.InTile], next = stackalloc float*[S.InTile * S.InTile];
            grid.Inputs((int)start, source, zeros, next);
            for (long tile = start; tile < end; tile++)
            {
                float** present = next;
                next = pixels;
                pixels = present;
                grid.Inputs((int)Math.Min(tile + 1, end - 1), source, zeros, next);
                float* to = values + (tile - start) * layout.TileStride;
                for (int block = 0; block < channels; block += layout.BlockChannels, to += layout.BlockStride)
                    VectorLoops.Elements<Channels, V>(
                        new Channels(pixels, next, zeros, prologue, to - block, (nint)layout.PlaneStride, firstRow, endRow, temporary),
                        block, Math.Min(channels, block + layout.BlockChannels));
            }
        }
    }

    /// <summary>The channels of one tile.</summary>
    private readonly struct Channels(
        float** pixels, float** next, float* zeros, ChannelAffine prologue, float* to, nint planeStride, int firstRow, int endRow, float* temporary) : IElementKernel
    {
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V>
        {
            Ahead.FetchPixels(next, S.InTile, S.InTile - S.InStep, 0, c);
            Ahead.FetchPlanes(to + c + Scheme.Lanes, planeStride, (endRow - firstRow) * S.Values, c);
            nint pitch = S.InTile * V.Count;
            bool isPlain = prologue.IsNone;
            var affine = prologue.Of<V>(c);
            for (int j = 0; j < S.InTile; j++)
            {
                var half = new MemoryLine<V>(temporary + j * V.Count, pitch);
                if (isPlain) S.Input<V, Pixels<V>, MemoryLine<V>>(new Pixels<V>(pixels + j, c), half);
                else S.Input<V, NormalisedPixels<V>, MemoryLine<V>>(new NormalisedPixels<V>(pixels + j, zeros, affine, c), half);
            }

            for (int i = firstRow; i < endRow; i++)
                S.Input<V, MemoryLine<V>, MemoryLine<V>>(
                    new MemoryLine<V>(temporary + i * pitch, V.Count), new MemoryLine<V>(to + c + (i - firstRow) * S.Values * planeStride, planeStride));
        }
    }

    /// <summary>A column of a tile's inputs as they are.</summary>
    private readonly struct Pixels<V>(float** column, nint c) : ILineSource<V> where V : unmanaged, IVec<V>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Load(int i) => V.Load(column[S.InTile * i] + c);
    }

    /// <summary>A column of a tile's inputs after the prologue.</summary>
    private readonly struct NormalisedPixels<V>(float** column, float* zeros, ChannelAffine.Lanes<V> affine, nint c) : ILineSource<V> where V : unmanaged, IVec<V>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Load(int i)
        {
            float* pixel = column[S.InTile * i];
            return pixel == zeros ? V.Zero : affine.Apply(V.Load(pixel + c));
        }
    }
}
