using WrnEngine.Devices.Cpu.Conv;
using WrnEngine.Devices.Cpu.Gemm;
using WrnEngine.Devices.Cpu.Winograd;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu;

/// <summary>
/// Convolutions on the CPU. 3x3 ones of stride 1 go by Winograd's F(4x4, 3x3); the others by implicit GEMM: the micro-kernel reads pixels
/// where they are (or from a strip with a zero border), so no image of patches is ever built. Prologues are applied while inputs are read,
/// epilogues while results are in the cache.
/// </summary>
internal sealed unsafe class CpuConv(CpuDevice device, ConvAlgorithm algorithm) : IConvOps
{
    // With fewer channels than a vector the transforms cost more than the products they save.
    private const int FewestChannels = 16;

    public void Conv2dForward(in Conv2dShape shape, Tensor x, Tensor weight, Tensor y, in ConvPrologue prologue = default, in ConvEpilogue epilogue = default)
    {
        if (y.Numel == 0) return;
        if (GatheredPixels.Helps(shape, prologue))
        {
            using var gathered = new GatheredPixels(device, shape, PointerOf(x), prologue);
            Forward(gathered.Shape, gathered.Pixels, weight, y, default, epilogue);
            return;
        }
        Forward(shape, PointerOf(x), weight, y, prologue, epilogue);
    }

    private void Forward(in Conv2dShape shape, float* x, Tensor weight, Tensor y, in ConvPrologue prologue, in ConvEpilogue epilogue)
    {
        var c = Correlation.Forward(shape);
        bool winograd = UsesWinograd(shape);
        using var sums = epilogue.Moments is null ? null
            : new StripSums(device, winograd ? WinogradPass.StripsOf(c) : CorrelationPass.PlanOf(c).Count, shape.OutChannels, OutputEpilogue.Kinds);
        var stripEpilogue = epilogue.IsNone ? StripEpilogue.None : new StripEpilogue<OutputEpilogue>(new OutputEpilogue(PointerOf(epilogue.Residual), sums));
        var packed = device.Memory.Allocate(new Panels(c.TargetChannels).PackedLength(c.K) * sizeof(float));
        try
        {
            PackedWeights.PackForward(device, shape, PointerOf(weight), (float*)packed.Address);
            if (winograd) RunWinograd(c, x, (float*)packed.Address, PointerOf(y), false, prologue, stripEpilogue);
            else new CorrelationPass(device, c, x, (float*)packed.Address, PointerOf(y), false, prologue, stripEpilogue).Run();
        }
        finally
        {
            packed.Release();
        }
        sums?.Moments(PointerOf(epilogue.Moments!.Mean), PointerOf(epilogue.Moments.Variance));
    }

    public void Conv2dBackwardInput(in Conv2dShape shape, Tensor gradY, Tensor weight, Tensor gradX, bool accumulate, in ConvBackwardEpilogue epilogue = default)
    {
        if (gradX.Numel == 0) return;
        bool winograd = UsesWinograd(shape);
        var phases = new List<(int H, int W, Correlation Correlation, int FirstStrip)>();
        int strips = 0;
        for (int phaseH = 0; phaseH < shape.StrideH; phaseH++)
            for (int phaseW = 0; phaseW < shape.StrideW; phaseW++)
            {
                var c = Correlation.BackwardInput(shape, phaseH, phaseW);
                if (c.OutH == 0 || c.OutW == 0) continue;
                phases.Add((phaseH, phaseW, c, strips));
                strips += winograd ? WinogradPass.StripsOf(c) : CorrelationPass.PlanOf(c).Count;
            }
        using var sums = epilogue.SumGrad is null ? null : new StripSums(device, strips, shape.InChannels, GradInputEpilogue.Kinds);
        var panels = new Panels(shape.InChannels);
        var packed = device.Memory.Allocate(phases.Max(p => panels.PackedLength(p.Correlation.K)) * sizeof(float));
        try
        {
            foreach (var (phaseH, phaseW, c, firstStrip) in phases)
            {
                var stripEpilogue = epilogue.IsNone ? StripEpilogue.None : new StripEpilogue<GradInputEpilogue>(new GradInputEpilogue(epilogue, sums, firstStrip));
                PackedWeights.PackBackwardInput(device, shape, phaseH, phaseW, c, PointerOf(weight), (float*)packed.Address);
                if (winograd) RunWinograd(c, PointerOf(gradY), (float*)packed.Address, PointerOf(gradX), accumulate, default, stripEpilogue);
                else new CorrelationPass(device, c, PointerOf(gradY), (float*)packed.Address, PointerOf(gradX), accumulate, default, stripEpilogue).Run();
            }
        }
        finally
        {
            packed.Release();
        }
        sums?.Total(0, PointerOf(epilogue.SumGrad));
        sums?.Total(1, PointerOf(epilogue.SumGradDeviation));
    }

    public void Conv2dBackwardWeight(in Conv2dShape shape, Tensor x, Tensor gradY, Tensor gradWeight, bool accumulate, in ConvPrologue prologue = default)
    {
        if (UsesWinograd(shape))
        {
            new WinogradWeightGradient(device, Correlation.Forward(shape), PointerOf(x), PointerOf(gradY), PointerOf(gradWeight), accumulate, prologue).Run();
        }
        else if (GatheredPixels.Helps(shape, prologue) && shape.N > 0)
        {
            using var gathered = new GatheredPixels(device, shape, PointerOf(x), prologue);
            new WeightGradientPass(device, Correlation.Forward(gathered.Shape), gathered.Pixels, PointerOf(gradY), PointerOf(gradWeight), accumulate, default).Run();
        }
        else
        {
            new WeightGradientPass(device, Correlation.Forward(shape), PointerOf(x), PointerOf(gradY), PointerOf(gradWeight), accumulate, prologue).Run();
        }
    }

    private bool UsesWinograd(in Conv2dShape s)
    {
        if (s is not { KernelH: 3, KernelW: 3, StrideH: 1, StrideW: 1, InChannels: > 0, N: > 0 }) return false;
        return algorithm switch
        {
            ConvAlgorithm.Direct => false,
            ConvAlgorithm.Winograd => true,
            _ => Math.Min(s.InChannels, s.OutChannels) >= FewestChannels,
        };
    }

    private void RunWinograd(in Correlation c, float* source, float* packed, float* target, bool accumulate, in ConvPrologue prologue, StripEpilogue epilogue)
    {
        var filters = device.Memory.Allocate(FilterTransform.Length(c.SourceChannels, c.TargetChannels) * sizeof(float));
        try
        {
            FilterTransform.Run(device, packed, c.SourceChannels, c.TargetChannels, (float*)filters.Address);
            new WinogradPass(device, c, source, (float*)filters.Address, target, accumulate, prologue, epilogue).Run();
        }
        finally
        {
            filters.Release();
        }
    }

    private static float* PointerOf(Tensor? tensor) => tensor is null ? null : (float*)tensor.Address;
}
