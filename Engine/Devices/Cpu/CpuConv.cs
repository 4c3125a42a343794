using WrnEngine.Devices.Cpu.Conv;
using WrnEngine.Devices.Cpu.Gemm;
using WrnEngine.Devices.Cpu.Winograd;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu;

/// <summary>
/// Convolutions on the CPU. 3x3 ones of stride 1 and 2 go by Winograd's schemes; the others by implicit GEMM: the micro-kernel reads pixels
/// where they are (or from a strip with a zero border), so no image of patches is ever built. Prologues are applied while inputs are read,
/// epilogues while results are in the cache.
/// </summary>
internal sealed unsafe class CpuConv(CpuDevice device, ConvAlgorithm algorithm) : IConvOps
{
    // With fewer channels the transforms cost more than the products they save: 4 of 9 with stride 2, 3 of 4 with stride 1. The weights' gradient
    // transforms two tensors: with 16 channels, 128 images of 32x32, it takes 3.2 ms directly and 4.0 by Winograd.
    private const int FewestChannels = 16, FewestChannelsOfStrideTwo = 32, FewestChannelsOfWeights = 32;

    public void Conv2dForward(
        in Conv2dShape shape, Tensor x, Tensor weight, Tensor y, in ConvPrologue prologue = default, in ConvEpilogue epilogue = default, KeptFilters? kept = null)
    {
        if (y.Numel == 0) return;
        if (GatheredPixels.Helps(shape, prologue))
        {
            using var gathered = new GatheredPixels(device, shape, PointerOf(x), prologue);
            Forward(gathered.Shape, gathered.Pixels, weight, y, default, epilogue, kept);
            return;
        }
        Forward(shape, PointerOf(x), weight, y, prologue, epilogue, kept);
    }

    private void Forward(in Conv2dShape shape, float* x, Tensor weight, Tensor y, in ConvPrologue prologue, in ConvEpilogue epilogue, KeptFilters? kept)
    {
        var c = Correlation.Forward(shape);
        var way = WayOf(shape);
        using var sums = epilogue.Moments is null ? null : new StripSums(device, StripsOf<StridedForward>(way, c), shape.OutChannels, OutputEpilogue.Kinds);
        var stripEpilogue = epilogue.IsNone ? StripEpilogue.None : new StripEpilogue<OutputEpilogue>(new OutputEpilogue(PointerOf(epilogue.Residual), sums));
        var filters = ForwardFilters(way, shape, c, weight, kept);
        try
        {
            Run<StridedForward>(way, c, x, (float*)filters.Address, PointerOf(y), false, prologue, stripEpilogue);
        }
        finally
        {
            filters.Release();
        }
        sums?.Moments(PointerOf(epilogue.Moments!.Mean), PointerOf(epilogue.Moments.Variance));
    }

    /// <summary>The weight as a forward pass reads it; the caller has a reference.</summary>
    private DeviceBuffer ForwardFilters(Way way, in Conv2dShape shape, in Correlation c, Tensor weight, KeptFilters? kept)
    {
        if (kept?.Find(way) is { } found)
        {
            found.AddReference();
            return found;
        }
        var packed = Room(new Panels(c.TargetChannels).PackedLength(c.K));
        PackedWeights.PackForward(device, shape, PointerOf(weight), (float*)packed.Address);
        var filters = Transformed<StridedForward>(way, c, packed);
        kept?.Keep(way, filters);
        return filters;
    }

    public void Conv2dBackwardInput(in Conv2dShape shape, Tensor gradY, Tensor weight, Tensor gradX, bool accumulate, in ConvBackwardEpilogue epilogue = default)
    {
        if (gradX.Numel == 0) return;
        var way = WayOf(shape);
        // Winograd's scheme computes all phases of stride 2 at once, from the taps as they are with stride 1.
        var taps = way == Way.StrideTwo ? shape with { StrideH = 1, StrideW = 1 } : shape;
        var phases = new List<(int H, int W, Correlation Correlation, int FirstStrip)>();
        int strips = 0;
        for (int phaseH = 0; phaseH < taps.StrideH; phaseH++)
            for (int phaseW = 0; phaseW < taps.StrideW; phaseW++)
            {
                var c = way == Way.StrideTwo ? StridedBackward.Correlation(shape) : Correlation.BackwardInput(shape, phaseH, phaseW);
                if (c.OutH == 0 || c.OutW == 0) continue;
                phases.Add((phaseH, phaseW, c, strips));
                strips += StripsOf<StridedBackward>(way, c);
            }
        using var sums = epilogue.SumGrad is null ? null : new StripSums(device, strips, shape.InChannels, GradInputEpilogue.Kinds);
        foreach (var (phaseH, phaseW, c, firstStrip) in phases)
        {
            var stripEpilogue = epilogue.IsNone ? StripEpilogue.None : new StripEpilogue<GradInputEpilogue>(new GradInputEpilogue(epilogue, sums, firstStrip));
            var packed = Room(new Panels(shape.InChannels).PackedLength(c.K));
            PackedWeights.PackBackwardInput(device, taps, phaseH, phaseW, c, PointerOf(weight), (float*)packed.Address);
            var filters = Transformed<StridedBackward>(way, c, packed);
            try
            {
                Run<StridedBackward>(way, c, PointerOf(gradY), (float*)filters.Address, PointerOf(gradX), accumulate, default, stripEpilogue);
            }
            finally
            {
                filters.Release();
            }
        }
        sums?.Total(0, PointerOf(epilogue.SumGrad));
        sums?.Total(1, PointerOf(epilogue.SumGradDeviation));
    }

    public void Conv2dBackwardWeight(in Conv2dShape shape, Tensor x, Tensor gradY, Tensor gradWeight, bool accumulate, in ConvPrologue prologue = default)
    {
        var c = Correlation.Forward(shape);
        float* from = PointerOf(x), gradient = PointerOf(gradY), to = PointerOf(gradWeight);
        switch (WayOf(shape, FewestChannelsOfWeights))
        {
            case Way.StrideOne:
                new WinogradWeightGradient<StrideOne>(device, c, from, gradient, to, accumulate, prologue).Run();
                break;
            case Way.StrideTwo:
                new WinogradWeightGradient<StridedForward>(device, c, from, gradient, to, accumulate, prologue).Run();
                break;
            default:
                if (GatheredPixels.Helps(shape, prologue))
                {
                    using var gathered = new GatheredPixels(device, shape, from, prologue);
                    new WeightGradientPass(device, Correlation.Forward(gathered.Shape), gathered.Pixels, gradient, to, accumulate, default).Run();
                    break;
                }
                new WeightGradientPass(device, c, from, gradient, to, accumulate, prologue).Run();
                break;
        }
    }

    /// <summary>How a convolution is computed: directly, or by Winograd's schemes for one of two strides.</summary>
    private enum Way
    {
        Direct,
        StrideOne,
        StrideTwo,
    }

    private Way WayOf(in Conv2dShape s, int fewestOfStrideOne = FewestChannels)
    {
        if (s is not { KernelH: 3, KernelW: 3, InChannels: > 0, N: > 0 } || s.StrideH != s.StrideW || s.StrideH > 2 || algorithm == ConvAlgorithm.Direct)
            return Way.Direct;
        int fewest = algorithm == ConvAlgorithm.Winograd ? 1 : s.StrideH == 1 ? fewestOfStrideOne : FewestChannelsOfStrideTwo;
        return Math.Min(s.InChannels, s.OutChannels) < fewest ? Way.Direct : s.StrideH == 1 ? Way.StrideOne : Way.StrideTwo;
    }

    private static int StripsOf<TStrided>(Way way, in Correlation c) where TStrided : IScheme => way switch
    {
        Way.StrideOne => WinogradPass<StrideOne>.StripsOf(c),
        Way.StrideTwo => WinogradPass<TStrided>.StripsOf(c),
        _ => CorrelationPass.PlanOf(c).Count,
    };

    private void Run<TStrided>(
        Way way, in Correlation c, float* source, float* filters, float* target, bool accumulate, in ConvPrologue prologue, StripEpilogue epilogue)
        where TStrided : IScheme
    {
        if (way == Way.StrideOne) new WinogradPass<StrideOne>(device, c, source, filters, target, accumulate, prologue, epilogue).Run();
        else if (way == Way.StrideTwo) new WinogradPass<TStrided>(device, c, source, filters, target, accumulate, prologue, epilogue).Run();
        else new CorrelationPass(device, c, source, filters, target, accumulate, prologue, epilogue).Run();
    }

    /// <summary>Packed weights as a pass reads them: themselves where it is direct, else their transform, and they are released.</summary>
    private DeviceBuffer Transformed<TStrided>(Way way, in Correlation c, DeviceBuffer packed) where TStrided : IScheme => way switch
    {
        Way.StrideOne => Transformed<StrideOne>(c, packed),
        Way.StrideTwo => Transformed<TStrided>(c, packed),
        _ => packed,
    };

    private DeviceBuffer Transformed<S>(in Correlation c, DeviceBuffer packed) where S : IScheme
    {
        try
        {
            var filters = Room(FilterTransform<S>.Length(c.SourceChannels, c.TargetChannels));
            FilterTransform<S>.Run(device, (float*)packed.Address, c.SourceChannels, c.TargetChannels, (float*)filters.Address);
            return filters;
        }
        finally
        {
            packed.Release();
        }
    }

    private DeviceBuffer Room(long floats) => device.Memory.Allocate(floats * sizeof(float));

    private static float* PointerOf(Tensor? tensor) => tensor is null ? null : (float*)tensor.Address;
}
