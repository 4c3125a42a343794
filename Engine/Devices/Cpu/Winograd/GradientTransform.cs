using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>A dY A^T for a run of tiles, the adjoint of <see cref="OutputTransform"/>; outputs outside the image have no gradient.</summary>
/// <param name="grid">The tiles.</param>
/// <param name="gradY">The gradients of the outputs, channels last.</param>
internal readonly unsafe struct GradientTransform(TileGrid grid, float* gradY)
{
    /// <summary>Transforms <paramref name="count"/> tiles; the parameters are those of <see cref="InputTransform.Run"/>.</summary>
    public void Run(int first, int count, float* values, in ValueLayout layout, int firstRow, int endRow, float* scratch) =>
        VectorLoops.Run(new Kernel(grid, gradY, values, layout, firstRow, endRow, scratch), first, first + count);

    private readonly struct Kernel(TileGrid grid, float* gradY, float* values, ValueLayout layout, int firstRow, int endRow, float* scratch) : IRangeKernel
    {
        public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
        {
            int channels = grid.Correlation.TargetChannels;
            float* zeros = scratch, temporary = scratch + (channels + 15) / 16 * 16;
            new Span<float>(zeros, channels).Clear();
            float** pixels = stackalloc float*[Winograd.OutTile * Winograd.OutTile];
            for (long tile = start; tile < end; tile++)
            {
                grid.Outputs((int)tile, gradY, pixels);
                for (int i = 0; i < Winograd.OutTile * Winograd.OutTile; i++)
                    if (pixels[i] == null) pixels[i] = zeros;
                float* to = values + (tile - start) * layout.TileStride;
                for (int block = 0; block < channels; block += layout.BlockChannels, to += layout.BlockStride)
                    VectorLoops.Elements<Channels, V>(
                        new Channels(pixels, to - block, (nint)layout.FrequencyStride, firstRow, endRow, temporary), block, Math.Min(channels, block + layout.BlockChannels));
            }
        }
    }

    /// <summary>The channels of one tile.</summary>
    private readonly struct Channels(float** pixels, float* to, nint frequencyStride, int firstRow, int endRow, float* temporary) : IElementKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V>
        {
            for (int j = 0; j < Winograd.OutTile; j++)
                Winograd.OutputAdjoint(
                    V.Load(pixels[j] + c), V.Load(pixels[4 + j] + c), V.Load(pixels[8 + j] + c), V.Load(pixels[12 + j] + c),
                    temporary + j * V.Count, Winograd.OutTile * V.Count);
            for (int i = firstRow; i < endRow; i++)
            {
                float* row = temporary + i * Winograd.OutTile * V.Count;
                Winograd.OutputAdjoint(
                    V.Load(row), V.Load(row + V.Count), V.Load(row + 2 * V.Count), V.Load(row + 3 * V.Count),
                    to + c + (i - firstRow) * Winograd.InTile * frequencyStride, frequencyStride);
            }
        }
    }
}
