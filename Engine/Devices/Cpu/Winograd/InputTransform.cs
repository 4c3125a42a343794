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
internal readonly unsafe struct InputTransform(TileGrid grid, float* source, ChannelAffine prologue)
{
    /// <summary>Floats of scratch memory that <see cref="Run"/> needs.</summary>
    public static int ScratchFloats(int channels) => channels + Winograd.Frequencies * 16 + 16;

    /// <summary>Transforms <paramref name="count"/> tiles.</summary>
    /// <param name="first">The first tile.</param>
    /// <param name="count">How many.</param>
    /// <param name="values">Where frequency 0 of channel 0 of the first tile goes.</param>
    /// <param name="layout">How the others lie around it.</param>
    /// <param name="firstRow">First row of frequencies wanted.</param>
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
            float* zeros = scratch, temporary = scratch + (channels + 15) / 16 * 16;
            new Span<float>(zeros, channels).Clear();
            float** pixels = stackalloc float*[Winograd.Frequencies];
            for (long tile = start; tile < end; tile++)
            {
                grid.Inputs((int)tile, source, zeros, pixels);
                float* to = values + (tile - start) * layout.TileStride;
                for (int block = 0; block < channels; block += layout.BlockChannels, to += layout.BlockStride)
                    VectorLoops.Elements<Channels, V>(
                        new Channels(pixels, zeros, prologue, to - block, (nint)layout.FrequencyStride, firstRow, endRow, temporary),
                        block, Math.Min(channels, block + layout.BlockChannels));
            }
        }
    }

    /// <summary>The channels of one tile.</summary>
    private readonly struct Channels(
        float** pixels, float* zeros, ChannelAffine prologue, float* to, nint frequencyStride, int firstRow, int endRow, float* temporary) : IElementKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V>
        {
            for (int j = 0; j < Winograd.InTile; j++)
            {
                float** p = pixels + j;
                if (prologue.IsNone)
                    Winograd.Input(V.Load(p[0] + c), V.Load(p[6] + c), V.Load(p[12] + c), V.Load(p[18] + c), V.Load(p[24] + c), V.Load(p[30] + c),
                        temporary + j * V.Count, Winograd.InTile * V.Count);
                else
                    Winograd.Input(
                        Normalised<V>(p[0], c), Normalised<V>(p[6], c), Normalised<V>(p[12], c),
                        Normalised<V>(p[18], c), Normalised<V>(p[24], c), Normalised<V>(p[30], c),
                        temporary + j * V.Count, Winograd.InTile * V.Count);
            }

            for (int i = firstRow; i < endRow; i++)
            {
                float* row = temporary + i * Winograd.InTile * V.Count;
                Winograd.Input(
                    V.Load(row), V.Load(row + V.Count), V.Load(row + 2 * V.Count), V.Load(row + 3 * V.Count), V.Load(row + 4 * V.Count), V.Load(row + 5 * V.Count),
                    to + c + (i - firstRow) * Winograd.InTile * frequencyStride, frequencyStride);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private V Normalised<V>(float* pixel, nint c) where V : unmanaged, IVec<V> =>
            pixel == zeros ? V.Zero : prologue.Apply(V.Load(pixel + c), c);
    }
}

/// <summary>
/// Where transformed values lie: frequency by frequency, within one block by block of channels, within one tile by tile. All in elements.
/// </summary>
/// <param name="FrequencyStride">From one frequency to the next.</param>
/// <param name="BlockChannels">Channels of a block; they lie side by side.</param>
/// <param name="BlockStride">From one block of channels to the next.</param>
/// <param name="TileStride">From one tile to the next.</param>
internal readonly record struct ValueLayout(long FrequencyStride, int BlockChannels, long BlockStride, long TileStride)
{
    // A stride that is a multiple of 4 KiB would send all frequencies to the same set of the cache.
    private const int Stagger = 16;

    /// <summary>All channels of a tile side by side: rows of a matrix product.</summary>
    public static ValueLayout ByTile(int tiles, int channels) => new((long)tiles * channels + Stagger, channels, 0, channels);

    /// <summary>Blocks of <paramref name="block"/> channels, each with all tiles: the terms of a sum over tiles.</summary>
    public static ValueLayout ByBlock(int tiles, int channels, int block)
    {
        int blocks = (channels + block - 1) / block;
        return new((long)blocks * tiles * block + Stagger, block, (long)tiles * block, block);
    }
}
