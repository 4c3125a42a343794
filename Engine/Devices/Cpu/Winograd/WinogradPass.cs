using WrnEngine.Devices.Cpu.Conv;
using WrnEngine.Devices.Cpu.Gemm;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>
/// A correlation with 3x3 taps and step 1, forward or backward-input, by F(4x4, 3x3). A part of the parallel loop takes a block of tiles
/// through the whole chain: transform of its inputs; then panel by panel of target channels 36 matrix products and the transform of their
/// result to the images, while it is in the cache. Every output is the same sum in the same order whatever the blocks are, so their size
/// may follow the number of threads.
/// </summary>
internal sealed unsafe class WinogradPass
{
    // Terms of a panel of U that stay in the first-level cache while all tiles of the block pass by.
    private const int ChannelsPerChunk = 128;

    // Tiles whose outputs an epilogue sums in one cell: by shape only, so that sums are the same for any number of threads.
    private const int TilesPerStrip = 24;

    private readonly CpuDevice _device;
    private readonly TileGrid _grid;
    private readonly Panels _panels;
    private readonly float* _source;
    private readonly float* _filters;
    private readonly float* _target;
    private readonly ChannelAffine _prologue;
    private readonly bool _accumulate;
    private readonly StripEpilogue _epilogue;
    private readonly int _channels;
    private readonly int _tilesPerBlock;
    private readonly int _blocks;
    private readonly int _groups;
    private readonly ValueLayout _layout;

    /// <summary>A pass from <paramref name="source"/> to <paramref name="target"/> with filters transformed by <see cref="FilterTransform"/>.</summary>
    public WinogradPass(
        CpuDevice device, in Correlation c, float* source, float* filters, float* target, bool accumulate, in ConvPrologue prologue, StripEpilogue epilogue)
    {
        _device = device;
        _grid = new TileGrid(c);
        _panels = new Panels(c.TargetChannels);
        _source = source;
        _filters = filters;
        _target = target;
        _accumulate = accumulate;
        _prologue = new ChannelAffine(prologue);
        _epilogue = epilogue;
        _channels = c.SourceChannels;
        int threads = device.Team.ThreadCount, strips = StripsOf(c);
        int stripsPerBlock = Math.Clamp(MostTiles(c) / TilesPerStrip, 1, Math.Max(1, (strips + threads - 1) / threads));
        _tilesPerBlock = stripsPerBlock * TilesPerStrip;
        _blocks = (_grid.Count + _tilesPerBlock - 1) / _tilesPerBlock;
        _groups = Math.Clamp((threads + _blocks - 1) / _blocks, 1, _panels.Count);
        _layout = ValueLayout.ByTile(Math.Min(_tilesPerBlock, _grid.Count), _channels);
    }

    /// <summary>Strips, as an epilogue numbers them.</summary>
    public static int StripsOf(in Correlation c) => (new TileGrid(c).Count + TilesPerStrip - 1) / TilesPerStrip;

    /// <summary>Computes all outputs.</summary>
    public void Run()
    {
        int tiles = _tilesPerBlock;
        long values = _layout.FrequencyStride * Winograd.Frequencies;
        long products = ((long)tiles * GemmKernel.MaxWidth + 16) * Winograd.Frequencies;
        using var scratch = new MemberScratch(_device, values + products + InputTransform.ScratchFloats(_channels) + 64);
        _device.Team.For(_blocks * _groups, (part, member) =>
        {
            float* memory = scratch.Of(member);
            RunPart(part / _groups, part % _groups, memory, memory + values, memory + values + products);
        });
    }

    /// <summary>
    /// Tiles in a block: few enough that their values stay near, and enough that U, read once per block, is not the limit. Measured:
    /// 48 at 128 channels, 96 at 256, 256 at 512.
    /// </summary>
    private static int MostTiles(in Correlation c)
    {
        long filterBytes = (long)Winograd.Frequencies * c.SourceChannels * c.TargetChannels * sizeof(float);
        return filterBytes <= 3 << 20 ? Math.Clamp(48 * 128 / Math.Max(1, c.SourceChannels), 48, 192) : filterBytes <= 12 << 20 ? 96 : 264;
    }

    private void RunPart(int block, int group, float* values, float* products, float* scratch)
    {
        int first = block * _tilesPerBlock, count = Math.Min(_tilesPerBlock, _grid.Count - first);
        new InputTransform(_grid, _source, _prologue).Run(first, count, values, _layout, 0, Winograd.InTile, scratch);
        int panelStart = _panels.Count * group / _groups, panelEnd = _panels.Count * (group + 1) / _groups;
        for (int panel = panelStart; panel < panelEnd; panel++)
        {
            int width = _panels.WidthOf(panel);
            long frequencyStride = (long)_tilesPerBlock * width + 16;
            Multiply(panel, width, count, values, products, frequencyStride);
            var transform = new OutputTransform(_grid, _target, _accumulate);
            for (int done = 0; done < count; done += TilesPerStrip)
                _epilogue.Write(transform, (first + done) / TilesPerStrip, new TileProducts(
                    first + done, Math.Min(TilesPerStrip, count - done), (nint)(products + (long)done * width), frequencyStride, width,
                    panel * GemmKernel.MaxWidth, _panels.ColumnsIn(panel)));
        }
    }

    /// <summary>M[f] = V[f] U[f] for every frequency: [tiles, channels] times [channels, width].</summary>
    private void Multiply(int panel, int width, int count, float* values, float* products, long frequencyStride)
    {
        int* sourceRows = stackalloc int[GemmKernel.Rows], targetRows = stackalloc int[GemmKernel.Rows];
        for (int i = 0; i < GemmKernel.Rows; i++) (sourceRows[i], targetRows[i]) = (i * _channels, i * width);
        int segment = 0;
        var tile = new GemmTile
        {
            ARows = sourceRows,
            CRows = targetRows,
            ASegments = &segment,
            BSegments = &segment,
            SegmentCount = 1,
            AStep = 1,
            BStep = width,
        };
        float* filters = _filters + FilterTransform.OffsetOf(panel, _channels);
        for (int f = 0; f < Winograd.Frequencies; f++)
            for (int start = 0; start < _channels; start += ChannelsPerChunk)
            {
                tile.Run = Math.Min(ChannelsPerChunk, _channels - start);
                tile.Accumulate = start > 0;
                tile.B = filters + ((long)f * _channels + start) * width;
                tile.A = values + f * _layout.FrequencyStride + start;
                tile.C = products + f * frequencyStride;
                for (int row = 0; row < count; row += GemmKernel.Rows)
                {
                    GemmKernel.Run(&tile, Math.Min(GemmKernel.Rows, count - row), width, width);
                    tile.A += GemmKernel.Rows * _channels;
                    tile.C += GemmKernel.Rows * width;
                }
            }
    }
}
