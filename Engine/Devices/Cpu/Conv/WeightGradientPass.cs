using System.Numerics;
using System.Runtime.Intrinsics;
using WrnEngine.Devices.Cpu.Gemm;

namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>
/// gradWeight [outC, kH, kW, inC] = sum over pixels of gradY[pixel, outC] * x[pixel + tap, inC]: a product whose k runs over pixels.
/// A tile takes six output channels of gradY, packed side by side, and as columns a stretch of one row of taps.
/// <para>The pixels are split into slices with a partial result each, and the output channels into ranges; how many depends on the shape
/// only, and the partial results are added in a fixed order, so any number of threads gives the same bits.</para>
/// </summary>
internal sealed unsafe class WeightGradientPass
{
    private const int PixelsPerStrip = 512, SourceFloatsPerStrip = 224 * 1024;

    // A partial result costs memory traffic: one for at least this many pixels.
    private const int PixelsPerSlice = 4096;
    private const int PackedStep = 8;
    private const int MostSlices = 16, PartsWanted = 16, ElementsPerPart = 16 * 1024;

    private readonly CpuDevice _device;
    private readonly Correlation _c;
    private readonly StripPlan _plan;
    private readonly float* _x;
    private readonly float* _gradY;
    private readonly float* _gradWeight;
    private readonly bool _accumulate;
    private readonly ChannelAffine _prologue;
    private readonly Layout _layout;
    private readonly long _packedFloats;
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
        // Beside a row of taps that is not whole vectors, a tile reads on: in place, at the end of the tensor, it must not.
        int rowOfTaps = c.TapsW * c.SourceChannels;
        _layout = prologue.IsNone && c.StaysInside && rowOfTaps % GemmKernel.VectorWidth == 0 ? Layout.InPlace
            : c.SourceChannels >= GemmKernel.MaxWidth && c.SourceChannels % GemmKernel.VectorWidth == 0 ? Layout.Blocked
            : Layout.Rows;
        long pixels = (long)c.N * c.OutH * c.OutW;
        _slices = (int)Math.Clamp(pixels / PixelsPerSlice, 1, Math.Min(MostSlices, _plan.Count));
        _ranges = Math.Clamp(PartsWanted / _slices, 1, (c.TargetChannels + GemmKernel.Rows - 1) / GemmKernel.Rows);
        int tiles = (c.TargetChannels + GemmKernel.Rows - 1) / GemmKernel.Rows;
        _packedFloats = (long)(tiles + _ranges - 1) / _ranges * _plan.Pixels * PackedStep;
    }

    /// <summary>How a strip's pixels of x lie: in the tensor, in a copy with a border, or in such a copy in blocks of channels.</summary>
    private enum Layout
    {
        InPlace,
        Rows,
        Blocked,
    }

    private long WeightCount => (long)_c.TargetChannels * _c.K;

    /// <summary>Computes the gradient.</summary>
    public void Run()
    {
        long copy = _layout == Layout.InPlace ? 0 : _plan.SourceFloats * _plan.Images + _c.SourceChannels + GemmKernel.MaxWidth;
        using var scratch = new MemberScratch(_device, copy + _packedFloats + 2L * _plan.Images * _plan.Rows);
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
        int mostSegments = _plan.Images * _plan.Rows, segments = strip.Images * strip.Rows, pixels = segments * _c.OutW;
        int* ySegments = (int*)scratch, xSegments = ySegments + mostSegments;
        float* packed = (float*)(xSegments + mostSegments), copy = packed + _packedFloats;
        PackGradY(_gradY + ((long)strip.Image * _c.OutH + strip.Row) * _c.OutW * _c.TargetChannels, pixels, channelStart, channelEnd, packed);
        var source = _layout switch
        {
            Layout.InPlace => StripSource.InPlace(_c, strip, _x),
            Layout.Rows => StripSource.Padded(_c, _plan, strip, _x, copy, _prologue),
            _ => StripSource.Blocked(_c, _plan, strip, _x, copy + _c.SourceChannels, GemmKernel.MaxWidth, copy, _prologue),
        };

        int* aRows = stackalloc int[GemmKernel.Rows], cRows = stackalloc int[GemmKernel.Rows];
        for (int i = 0; i < GemmKernel.Rows; i++) (aRows[i], cRows[i]) = (i, i * _c.K);
        for (int i = 0; i < segments; i++) ySegments[i] = i * _c.OutW * PackedStep;
        var tile = new GemmTile
        {
            ARows = aRows,
            CRows = cRows,
            ASegments = ySegments,
            BSegments = xSegments,
            SegmentCount = segments,
            Run = _c.OutW,
            AStep = PackedStep,
            Accumulate = accumulate,
        };
        int rowOfTaps = _c.TapsW * _c.SourceChannels;
        if (_layout != Layout.Blocked)
        {
            // The numbers under a row of taps lie side by side: they are cut into panels as a whole.
            var panels = new Panels(rowOfTaps);
            FillSegments(strip, source.ImagePitch, source.RowPitch, xSegments);
            tile.BStep = _c.StepW * _c.SourceChannels;
            for (int tapRow = 0; tapRow < _c.TapsH; tapRow++)
                for (int panel = 0; panel < panels.Count; panel++)
                {
                    tile.B = (float*)source.Origin + (long)tapRow * source.RowPitch + panel * GemmKernel.MaxWidth;
                    tile.A = packed;
                    tile.C = result + (long)channelStart * _c.K + tapRow * rowOfTaps + panel * GemmKernel.MaxWidth;
                    RunTiles(&tile, channelEnd - channelStart, pixels, panels.ColumnsIn(panel), panels.WidthOf(panel));
                }
            return;
        }
        var blocks = new Panels(_c.SourceChannels);
        for (int block = 0; block < blocks.Count; block++)
        {
            int width = blocks.ColumnsIn(block);
            long rowPitch = source.RowPitch / GemmKernel.MaxWidth * width, imagePitch = source.ImagePitch / GemmKernel.MaxWidth * width;
            float* origin = (float*)source.Origin + block * strip.Images * source.ImagePitch;
            FillSegments(strip, imagePitch, rowPitch, xSegments);
            tile.BStep = _c.StepW * width;
            for (int tap = 0; tap < _c.TapsH * _c.TapsW; tap++)
            {
                tile.B = origin + tap / _c.TapsW * rowPitch + tap % _c.TapsW * width;
                tile.A = packed;
                tile.C = result + (long)channelStart * _c.K + tap * _c.SourceChannels + block * GemmKernel.MaxWidth;
                RunTiles(&tile, channelEnd - channelStart, pixels, width, width);
            }
        }
    }

    private void RunTiles(GemmTile* tile, int channels, int pixels, int columns, int width)
    {
        for (int channel = 0; channel < channels; channel += GemmKernel.Rows)
        {
            GemmKernel.Run(tile, Math.Min(GemmKernel.Rows, channels - channel), columns, width);
            tile->A += (long)pixels * PackedStep;
            tile->C += (long)GemmKernel.Rows * _c.K;
        }
    }

    private void FillSegments(in Strip strip, long imagePitch, long rowPitch, int* segments)
    {
        for (int image = 0; image < strip.Images; image++)
            for (int row = 0; row < strip.Rows; row++)
                *segments++ = checked((int)(image * imagePitch + row * _c.StepH * rowPitch));
    }

    // Six channels of each pixel side by side, in steps of eight numbers: one vector load and store each.
    private void PackGradY(float* gradY, int pixels, int channelStart, int channelEnd, float* packed)
    {
        for (int channel = channelStart; channel < channelEnd; channel += GemmKernel.Rows, packed += (long)pixels * PackedStep)
        {
            float* from = gradY + channel;
            if (channel + PackedStep <= _c.TargetChannels)
                for (long p = 0; p < pixels; p++) Vector256.Load(from + p * _c.TargetChannels).Store(packed + p * PackedStep);
            else
                for (long p = 0; p < pixels; p++)
                    for (int i = 0; i < Math.Min(GemmKernel.Rows, channelEnd - channel); i++) packed[p * PackedStep + i] = from[p * _c.TargetChannels + i];
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
