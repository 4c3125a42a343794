using System.Numerics;
using WrnEngine.Devices.Cpu.Gemm;

namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>
/// gradWeight [outC, kH, kW, inC] = sum over pixels of gradY[pixel, outC] * x[pixel + tap, inC]: a product whose k runs over pixels.
/// Both operands are read where they are: a tile takes six output channels of gradY, and as columns a stretch of one row of taps.
/// <para>The pixels are split into slices with a partial result each, and the output channels into ranges; how many depends on the shape
/// only, and the partial results are added in a fixed order, so any number of threads gives the same bits.</para>
/// </summary>
internal sealed unsafe class WeightGradientPass
{
    private const int PixelsPerStrip = 256, SourceFloatsPerStrip = 96 * 1024;

    // A partial result costs memory traffic: one for at least this many pixels.
    private const int PixelsPerSlice = 4096;
    private const int MostSlices = 16, PartsWanted = 16, ElementsPerPart = 16 * 1024;

    private readonly CpuDevice _device;
    private readonly Correlation _c;
    private readonly StripPlan _plan;
    private readonly float* _x;
    private readonly float* _gradY;
    private readonly float* _gradWeight;
    private readonly bool _accumulate;
    private readonly ChannelAffine _prologue;
    private readonly bool _inPlace;
    private readonly int _slices;
    private readonly int _ranges;
    private float* _partials;

    /// <summary>The pass for a forward correlation <paramref name="c"/> of x.</summary>
    public WeightGradientPass(CpuDevice device, in Correlation c, float* x, float* gradY, float* gradWeight, bool accumulate, in ConvPrologue prologue)
    {
        _device = device;
        _c = c;
        _plan = new StripPlan(c, PixelsPerStrip, SourceFloatsPerStrip);
        _x = x;
        _gradY = gradY;
        _gradWeight = gradWeight;
        _accumulate = accumulate;
        _prologue = new ChannelAffine(prologue);
        // In place, a tile at the right edge would read past the end of the tensor, so the row of taps must be whole vectors.
        _inPlace = prologue.IsNone && c.StaysInside && c.TapsW * c.SourceChannels % GemmKernel.VectorWidth == 0;
        long pixels = (long)c.N * c.OutH * c.OutW;
        _slices = (int)Math.Clamp(pixels / PixelsPerSlice, 1, Math.Min(MostSlices, _plan.Count));
        _ranges = Math.Clamp(PartsWanted / _slices, 1, (c.TargetChannels + GemmKernel.Rows - 1) / GemmKernel.Rows);
    }

    private long WeightCount => (long)_c.TargetChannels * _c.K;

    /// <summary>Computes the gradient.</summary>
    public void Run()
    {
        long padded = _inPlace ? 0 : _plan.SourceFloats * _plan.Images + GemmKernel.MaxWidth;
        using var scratch = new MemberScratch(_device, padded + 2L * _plan.Images * _plan.Rows);
        var partials = _slices > 1 ? _device.Memory.Allocate(_slices * WeightCount * sizeof(float)) : null;
        try
        {
            if (partials is not null) _partials = (float*)partials.Address;
            _device.Team.For(_slices * _ranges, (part, member) => RunPart(part, scratch.Of(member)));
            if (partials is not null) _device.Team.For((int)((WeightCount + ElementsPerPart - 1) / ElementsPerPart), AddPartials);
        }
        finally
        {
            partials?.Release();
        }
    }

    private void RunPart(int part, float* scratch)
    {
        int slice = part / _ranges, range = part % _ranges;
        int tiles = (_c.TargetChannels + GemmKernel.Rows - 1) / GemmKernel.Rows;
        int channelStart = tiles * range / _ranges * GemmKernel.Rows;
        int channelEnd = Math.Min(_c.TargetChannels, tiles * (range + 1) / _ranges * GemmKernel.Rows);
        float* result = _slices > 1 ? _partials + slice * WeightCount : _gradWeight;
        bool accumulate = _slices == 1 && _accumulate;
        int stripStart = (int)((long)_plan.Count * slice / _slices), stripEnd = (int)((long)_plan.Count * (slice + 1) / _slices);
        for (int strip = stripStart; strip < stripEnd; strip++)
        {
            AddStrip(_plan[strip], scratch, channelStart, channelEnd, result, accumulate);
            accumulate = true;
        }
    }

    private void AddStrip(in Strip strip, float* scratch, int channelStart, int channelEnd, float* result, bool accumulate)
    {
        int* ySegments = (int*)scratch, xSegments = ySegments + _plan.Images * _plan.Rows;
        var source = _inPlace
            ? StripSource.InPlace(_c, strip, _x)
            : StripSource.Padded(_c, _plan, strip, _x, (float*)(xSegments + _plan.Images * _plan.Rows), _prologue);
        int segments = 0;
        for (int image = 0; image < strip.Images; image++)
            for (int row = 0; row < strip.Rows; row++, segments++)
            {
                ySegments[segments] = checked((image * _c.OutH + row) * _c.OutW * _c.TargetChannels);
                xSegments[segments] = checked((int)(image * source.ImagePitch + (long)row * _c.StepH * source.RowPitch));
            }

        int* aRows = stackalloc int[GemmKernel.Rows], cRows = stackalloc int[GemmKernel.Rows];
        for (int i = 0; i < GemmKernel.Rows; i++) (aRows[i], cRows[i]) = (i, i * _c.K);
        float* gradY = _gradY + ((long)strip.Image * _c.OutH + strip.Row) * _c.OutW * _c.TargetChannels;
        int rowOfTaps = _c.TapsW * _c.SourceChannels;
        var panels = new Panels(rowOfTaps);
        var tile = new GemmTile
        {
            ARows = aRows, CRows = cRows, ASegments = ySegments, BSegments = xSegments, SegmentCount = segments, Run = _c.OutW,
            AStep = _c.TargetChannels, BStep = _c.StepW * _c.SourceChannels, Accumulate = accumulate,
        };
        for (int tapRow = 0; tapRow < _c.TapsH; tapRow++)
        {
            for (int panel = 0; panel < panels.Count; panel++)
            {
                int columns = panels.ColumnsIn(panel), width = panels.WidthOf(panel);
                tile.B = (float*)source.Origin + (long)tapRow * source.RowPitch + panel * GemmKernel.MaxWidth;
                for (int channel = channelStart; channel < channelEnd; channel += GemmKernel.Rows)
                {
                    tile.A = gradY + channel;
                    tile.C = result + (long)channel * _c.K + tapRow * rowOfTaps + panel * GemmKernel.MaxWidth;
                    GemmKernel.Run(&tile, Math.Min(GemmKernel.Rows, channelEnd - channel), columns, width);
                }
            }
        }
    }

    private void AddPartials(int part)
    {
        long start = (long)part * ElementsPerPart, end = Math.Min(WeightCount, start + ElementsPerPart);
        long i = start;
        for (; i + Vector<float>.Count <= end; i += Vector<float>.Count)
        {
            var sum = _accumulate ? Vector.Load(_gradWeight + i) : default;
            for (int slice = 0; slice < _slices; slice++) sum += Vector.Load(_partials + slice * WeightCount + i);
            sum.Store(_gradWeight + i);
        }
        for (; i < end; i++)
        {
            float sum = _accumulate ? _gradWeight[i] : 0;
            for (int slice = 0; slice < _slices; slice++) sum += _partials[slice * WeightCount + i];
            _gradWeight[i] = sum;
        }
    }
}
