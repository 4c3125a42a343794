using WrnEngine.Devices.Cpu.Gemm;

namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>
/// Runs one <see cref="Correlation"/> with packed weights. A part of the parallel loop is one strip of outputs, or one strip for a group
/// of target channels when there are few strips. Within a part: panel by panel of target channels, chunk by chunk of k (a chunk of a
/// panel stays in the L2 cache), tile by tile of six pixels.
/// </summary>
internal sealed unsafe class CorrelationPass
{
    // About how many outputs a strip has, how large its padded source may be, and how many k of a 64-wide panel fit the L2 cache.
    private const int PixelsPerStrip = 256, SourceFloatsPerStrip = 224 * 1024, LongestChunk = 1536;
    private const int PartsWanted = 16;

    private readonly CpuDevice _device;
    private readonly Correlation _c;
    private readonly StripPlan _plan;
    private readonly Panels _panels;
    private readonly Chunk[] _chunks;
    private readonly float* _source;
    private readonly float* _packed;
    private readonly float* _target;
    private readonly bool _accumulate;
    private readonly ChannelAffine _prologue;
    private readonly bool _inPlace;
    private readonly StripEpilogue _epilogue;
    private readonly int _groups;

    /// <summary>A pass from <paramref name="source"/> to <paramref name="target"/>.</summary>
    public CorrelationPass(
        CpuDevice device, in Correlation c, float* source, float* packed, float* target, bool accumulate, in ConvPrologue prologue, StripEpilogue epilogue)
    {
        _device = device;
        _c = c;
        _plan = PlanOf(c);
        _panels = new Panels(c.TargetChannels);
        _chunks = ChunksOf(c);
        _source = source;
        _packed = packed;
        _target = target;
        _accumulate = accumulate;
        _prologue = new ChannelAffine(prologue);
        _inPlace = prologue.IsNone && c.StaysInside;
        _epilogue = epilogue;
        _groups = Math.Clamp((PartsWanted + _plan.Count - 1) / _plan.Count, 1, _panels.Count);
    }

    /// <summary>The strips of a correlation.</summary>
    public static StripPlan PlanOf(in Correlation c) => new(c, PixelsPerStrip, SourceFloatsPerStrip);

    /// <summary>Computes all outputs.</summary>
    public void Run()
    {
        long padded = _inPlace || _c.K == 0 ? 0 : _plan.SourceFloats * _plan.Images;
        using var scratch = new MemberScratch(_device, padded + 2L * (_plan.Pixels + GemmKernel.Rows));
        _device.Team.For(_plan.Count * _groups, (part, member) => RunPart(part, scratch.Of(member)));
    }

    private void RunPart(int part, float* scratch)
    {
        int index = part / _groups, group = part % _groups;
        int panelStart = _panels.Count * group / _groups, panelEnd = _panels.Count * (group + 1) / _groups;
        var strip = _plan[index];
        int pixels = strip.Images * strip.Rows * _c.OutW;
        int* sourceOffsets = (int*)scratch, targetOffsets = sourceOffsets + _plan.Pixels + GemmKernel.Rows;
        var source = _inPlace || _c.K == 0
            ? StripSource.InPlace(_c, strip, _source)
            : StripSource.Padded(_c, _plan, strip, _source, (float*)(targetOffsets + _plan.Pixels + GemmKernel.Rows), _prologue);
        FillOffsets(strip, source, sourceOffsets, targetOffsets);

        float* target = _target + TargetOrigin(strip);
        for (int panel = panelStart; panel < panelEnd; panel++)
            RunPanel(panel, pixels, source, sourceOffsets, targetOffsets, target + (long)panel * GemmKernel.MaxWidth);
        int channelStart = panelStart * GemmKernel.MaxWidth, channelEnd = Math.Min(_c.TargetChannels, panelEnd * GemmKernel.MaxWidth);
        _epilogue.Apply(index, target, TargetOrigin(strip), targetOffsets, pixels, channelStart, channelEnd);
    }

    private long TargetOrigin(in Strip strip) =>
        (((long)strip.Image * _c.TargetH + (long)strip.Row * _c.TargetStepH + _c.TargetOffsetH) * _c.TargetW + _c.TargetOffsetW) * _c.TargetChannels;

    // Where each output of the strip reads its first tap, and where it goes, relative to the strip's first.
    private void FillOffsets(in Strip strip, in StripSource source, int* sourceOffsets, int* targetOffsets)
    {
        int pixel = 0;
        for (int image = 0; image < strip.Images; image++)
        {
            for (int row = 0; row < strip.Rows; row++)
            {
                int from = checked((int)(image * source.ImagePitch + (long)row * _c.StepH * source.RowPitch));
                int to = checked((int)(((long)image * _c.TargetH + (long)row * _c.TargetStepH) * _c.TargetW * _c.TargetChannels));
                for (int column = 0; column < _c.OutW; column++, pixel++)
                {
                    sourceOffsets[pixel] = from + column * _c.StepW * _c.SourceChannels;
                    targetOffsets[pixel] = to + column * _c.TargetStepW * _c.TargetChannels;
                }
            }
        }
    }

    private void RunPanel(int panel, int pixels, in StripSource source, int* sourceOffsets, int* targetOffsets, float* target)
    {
        int columns = _panels.ColumnsIn(panel), width = _panels.WidthOf(panel);
        if (_c.K == 0 && !_accumulate)
            for (int pixel = 0; pixel < pixels; pixel++) new Span<float>(target + targetOffsets[pixel], columns).Clear();
        int* aSegments = stackalloc int[_c.TapsH], bSegments = stackalloc int[_c.TapsH];
        int rowOfTaps = _c.TapsW * _c.SourceChannels;
        for (int tap = 0; tap < _c.TapsH; tap++) (aSegments[tap], bSegments[tap]) = (tap * source.RowPitch, tap * rowOfTaps * width);
        var tile = new GemmTile { C = target, ASegments = aSegments, BSegments = bSegments, AStep = 1, BStep = width };
        foreach (var chunk in _chunks)
        {
            tile.A = (float*)source.Origin + (long)chunk.FirstTapRow * source.RowPitch + chunk.Start;
            tile.B = _packed + Panels.OffsetOf(panel, _c.K) + ((long)chunk.FirstTapRow * rowOfTaps + chunk.Start) * width;
            tile.SegmentCount = chunk.TapRows;
            tile.Run = chunk.Length;
            tile.Accumulate = _accumulate || chunk.FirstTapRow + chunk.Start > 0;
            for (int pixel = 0; pixel < pixels; pixel += GemmKernel.Rows)
            {
                tile.ARows = sourceOffsets + pixel;
                tile.CRows = targetOffsets + pixel;
                GemmKernel.Run(&tile, Math.Min(GemmKernel.Rows, pixels - pixel), columns, width);
            }
        }
    }

    // Whole rows of taps while they fit, else pieces of one row.
    private static Chunk[] ChunksOf(in Correlation c)
    {
        int row = c.TapsW * c.SourceChannels;
        var chunks = new List<Chunk>();
        if (c.K == 0) return [];
        int rowsAtOnce = LongestChunk / Math.Max(row, 1);
        if (rowsAtOnce >= 1)
        {
            int count = (c.TapsH + rowsAtOnce - 1) / rowsAtOnce;
            for (int i = 0; i < count; i++)
            {
                int start = c.TapsH * i / count, end = c.TapsH * (i + 1) / count;
                chunks.Add(new Chunk(start, end - start, 0, row));
            }
            return [.. chunks];
        }
        int pieces = (row + LongestChunk - 1) / LongestChunk;
        for (int tapRow = 0; tapRow < c.TapsH; tapRow++)
            for (int i = 0; i < pieces; i++)
            {
                int start = (int)((long)row * i / pieces), end = (int)((long)row * (i + 1) / pieces);
                chunks.Add(new Chunk(tapRow, 1, start, end - start));
            }
        return [.. chunks];
    }

    /// <summary>A part of k: some rows of taps, or a piece of one.</summary>
    private readonly record struct Chunk(int FirstTapRow, int TapRows, int Start, int Length);
}
