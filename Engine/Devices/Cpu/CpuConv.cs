using WrnEngine.Devices.Cpu.Conv;
using WrnEngine.Devices.Cpu.Gemm;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu;

/// <summary>
/// Convolutions on the CPU by implicit GEMM: the micro-kernel reads pixels where they are (or from a strip with a zero border), so no
/// image of patches is ever built. Prologues are applied while a strip is copied, epilogues while a strip of results is in the cache.
/// </summary>
internal sealed unsafe class CpuConv(CpuDevice device) : IConvOps
{
    public void Conv2dForward(in Conv2dShape shape, Tensor x, Tensor weight, Tensor y, in ConvPrologue prologue = default, in ConvEpilogue epilogue = default)
    {
        var c = Correlation.Forward(shape);
        if (y.Numel == 0) return;
        using var sums = epilogue.Sum is null ? null : new ChannelSums(device, CorrelationPass.PlanOf(c).Count, shape.OutChannels);
        var stripEpilogue = epilogue.IsNone ? null : new OutputEpilogue(PointerOf(epilogue.Residual), sums);
        var packed = device.Memory.Allocate(new Panels(c.TargetChannels).PackedLength(c.K) * sizeof(float));
        try
        {
            PackedWeights.PackForward(device, shape, PointerOf(weight), (float*)packed.Address);
            new CorrelationPass(device, c, PointerOf(x), (float*)packed.Address, PointerOf(y), false, prologue, stripEpilogue).Run();
        }
        finally
        {
            packed.Release();
        }
        sums?.Reduce(PointerOf(epilogue.Sum), PointerOf(epilogue.SumOfSquares));
    }

    public void Conv2dBackwardInput(in Conv2dShape shape, Tensor gradY, Tensor weight, Tensor gradX, bool accumulate, in ConvBackwardEpilogue epilogue = default)
    {
        if (gradX.Numel == 0) return;
        var phases = new List<(int H, int W, Correlation Correlation, int FirstStrip)>();
        int strips = 0;
        for (int phaseH = 0; phaseH < shape.StrideH; phaseH++)
            for (int phaseW = 0; phaseW < shape.StrideW; phaseW++)
            {
                var c = Correlation.BackwardInput(shape, phaseH, phaseW);
                if (c.OutH == 0 || c.OutW == 0) continue;
                phases.Add((phaseH, phaseW, c, strips));
                strips += CorrelationPass.PlanOf(c).Count;
            }
        using var sums = epilogue.SumGrad is null ? null : new ChannelSums(device, strips, shape.InChannels);
        var panels = new Panels(shape.InChannels);
        var packed = device.Memory.Allocate(phases.Max(p => panels.PackedLength(p.Correlation.K)) * sizeof(float));
        try
        {
            foreach (var (phaseH, phaseW, c, firstStrip) in phases)
            {
                var stripEpilogue = epilogue.IsNone ? null
                    : new GradInputEpilogue(PointerOf(epilogue.X), PointerOf(epilogue.Scale), PointerOf(epilogue.Shift), sums, firstStrip);
                PackedWeights.PackBackwardInput(device, shape, phaseH, phaseW, c, PointerOf(weight), (float*)packed.Address);
                new CorrelationPass(device, c, PointerOf(gradY), (float*)packed.Address, PointerOf(gradX), accumulate, default, stripEpilogue).Run();
            }
        }
        finally
        {
            packed.Release();
        }
        sums?.Reduce(PointerOf(epilogue.SumGrad), PointerOf(epilogue.SumGradX));
    }

    public void Conv2dBackwardWeight(in Conv2dShape shape, Tensor x, Tensor gradY, Tensor gradWeight, bool accumulate, in ConvPrologue prologue = default) =>
        new WeightGradientPass(device, Correlation.Forward(shape), PointerOf(x), PointerOf(gradY), PointerOf(gradWeight), accumulate, prologue).Run();

    private static float* PointerOf(Tensor? tensor) => tensor is null ? null : (float*)tensor.Address;
}
