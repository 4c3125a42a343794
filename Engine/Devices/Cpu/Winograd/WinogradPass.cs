using WrnEngine.Devices.Cpu.Conv;
using WrnEngine.Devices.Cpu.Gemm;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>
/// A correlation with 3x3 taps, forward or backward-input, by one of the schemes. A part of the parallel loop takes a block of tiles
/// through the whole chain: transform of its inputs; then for a few panels of target channels at a time a matrix product for each plane
/// of filters and the transform of their sums to the images, while they are in the cache. Every output is the same sum in the same order
/// whatever the blocks are, so their size may follow the number of threads.
/// </summary>
internal sealed unsafe class WinogradPass<S> where S : IScheme
{
    // Terms of a panel of U that stay in the first-level cache while all tiles of the block pass by.
    private const int ChannelsPerChunk = 128;

    // Outputs that an epilogue sums in one cell: by shape only, so that sums are the same for any number of threads.
    private const int PixelsPerStrip = 384;

    // The second-level cache: 1 to 2 MiB on the processors of today.
    private const long NearBytes = 1 << 20;

    // A plane of values, once it is near, serves several panels: the values of a whole block do not fit the second-level cache. Measured with
    // eight: up to 7% less time from 256 channels on, nothing lost below.
    private const int MostPanelsAtOnce = 8;

    private static readonly Term[] Terms = AllTerms();

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
    private readonly int _panelsAtOnce;
    private readonly ValueLayout _layout;

    /// <summary>A pass from <paramref name="source"/> to <paramref name="target"/> with filters transformed by <see cref="FilterTransform{S}"/>.</summary>
    public WinogradPass(
        CpuDevice device, in Correlation c, float* source, float* filters, float* target, bool accumulate, in ConvPrologue prologue, StripEpilogue epilogue)
    {
        _device = device;
        _grid = TileGrid.Of<S>(c);
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
        _panelsAtOnce = Math.Min((_panels.Count + _groups - 1) / _groups, MostPanelsAtOnce);
        _layout = ValueLayout.ByTile(Math.Min(_tilesPerBlock, _grid.Count), _channels);
    }

    private long PanelProducts => ProductStride(GemmKernel.MaxWidth) * Scheme.ProductPlanes<S>();

    private static int TilesPerStrip => PixelsPerStrip / Scheme.Pixels<S>();

    /// <summary>Strips, as an epilogue numbers them.</summary>
    public static int StripsOf(in Correlation c) => (TileGrid.Of<S>(c).Count + TilesPerStrip - 1) / TilesPerStrip;

    /// <summary>Computes all outputs.</summary>
    public void Run()
    {
        long values = _layout.PlaneStride * Scheme.ValuePlanes<S>();
        long products = _panelsAtOnce * PanelProducts;
        using var scratch = new MemberScratch(_device, values + products + InputTransform<S>.ScratchFloats(_channels) + 64);
        _device.Team.For(_blocks * _groups, (part, member) =>
        {
            float* memory = scratch.Of(member);
            RunPart(part / _groups, part % _groups, memory, memory + values, memory + values + products);
        });
    }

    /// <summary>
    /// Tiles in a block: few enough that their values stay near, and enough that U, read once per block, is not the limit. Measured:
    /// with stride 1 48 at 128 channels, 96 at 256, 256 at 512; with stride 2 96 from 128 to 256 channels, 256 from 256 to 512.
    /// </summary>
    private static int MostTiles(in Correlation c)
    {
        long filterBytes = (long)Scheme.FilterPlanes<S>() * c.SourceChannels * c.TargetChannels * sizeof(float);
        return filterBytes <= 3 << 20 ? Math.Clamp(48 * 128 / Math.Max(1, c.SourceChannels), 48, 192) : filterBytes <= 12 << 20 ? 96 : 264;
    }

    private void RunPart(int block, int group, float* values, float* products, float* scratch)
    {
        int first = block * _tilesPerBlock, count = Math.Min(_tilesPerBlock, _grid.Count - first);
        new InputTransform<S>(_grid, _source, _prologue).Run(first, count, values, _layout, 0, S.Values, scratch);
        int panelStart = _panels.Count * group / _groups, panelEnd = _panels.Count * (group + 1) / _groups;
        for (int panel = panelStart; panel < panelEnd; panel += _panelsAtOnce)
        {
            int end = Math.Min(panelEnd, panel + _panelsAtOnce);
            Multiply(panel, end, count, values, products);
            for (int p = panel; p < end; p++) Write(p, first, count, products + (p - panel) * PanelProducts);
        }
    }

    /// <summary>Transforms a panel's products to the images, strip by strip.</summary>
    private void Write(int panel, int first, int count, float* products)
    {
        int width = _panels.WidthOf(panel);
        var transform = new OutputTransform<S>(_grid, _target, _accumulate);
        for (int done = 0; done < count; done += TilesPerStrip)
            _epilogue.Write(transform, (first + done) / TilesPerStrip, new TileProducts(
                first + done, Math.Min(TilesPerStrip, count - done), (nint)(products + (long)done * width), ProductStride(width), width,
                panel * GemmKernel.MaxWidth, _panels.ColumnsIn(panel), _panelsAtOnce * PanelProducts * sizeof(float) > NearBytes));
    }

    /// <summary>M[product] (+)= V[value] U[filter] for every term and some panels: [tiles, channels] times [channels, width].</summary>
    private void Multiply(int panelStart, int panelEnd, int count, float* values, float* products)
    {
        foreach (var term in Terms)
            for (int panel = panelStart; panel < panelEnd; panel++)
            {
                int width = _panels.WidthOf(panel);
                Multiply(
                    width, count, term.Accumulate, values + term.Value * _layout.PlaneStride,
                    _filters + FilterTransform<S>.OffsetOf(panel, _channels) + (long)term.Filter * _channels * width,
                    products + (panel - panelStart) * PanelProducts + term.Product * ProductStride(width));
            }
    }

    private void Multiply(int width, int count, bool accumulate, float* values, float* filters, float* products)
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
        for (int start = 0; start < _channels; start += ChannelsPerChunk)
        {
            tile.Run = Math.Min(ChannelsPerChunk, _channels - start);
            tile.Accumulate = accumulate || start > 0;
            tile.B = filters + (long)start * width;
            tile.A = values + start;
            tile.C = products;
            for (int row = 0; row < count; row += GemmKernel.Rows)
            {
                GemmKernel.Run(&tile, Math.Min(GemmKernel.Rows, count - row), width, width);
                tile.A += GemmKernel.Rows * _channels;
                tile.C += GemmKernel.Rows * width;
            }
        }
    }

    /// <summary>From one plane of a panel's products to the next; never a multiple of 4 KiB.</summary>
    private long ProductStride(int width) => (long)_tilesPerBlock * width + Scheme.Lanes;

    // The planes of one point follow each other: they share their products or their values, which stay in the cache.
    private static Term[] AllTerms()
    {
        var terms = new List<Term>();
        for (int i = 0; i < S.Filters; i++)
            for (int j = 0; j < S.Filters; j++)
            {
                int value = S.Values * S.ValueOf(i) + S.ValueOf(j), product = S.Products * S.ProductOf(i) + S.ProductOf(j);
                terms.Add(new Term(value, S.Filters * i + j, product, terms.Exists(t => t.Product == product)));
            }
        return [.. terms.OrderBy(t => Scheme.ProductPlanes<S>() < Scheme.ValuePlanes<S>() ? t.Product : t.Value)];
    }

    /// <summary>One matrix product, by the planes that it reads and writes.</summary>
    private readonly record struct Term(int Value, int Filter, int Product, bool Accumulate);
}
