using System.Runtime.CompilerServices;
using WrnEngine.Kernels;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

/// <summary>Batch normalisation by the kernels of <c>batch_norm.cu</c> and <c>batch_norm_bf16.cu</c>: one pass over x for the statistics, one to apply them; backward likewise.</summary>
internal sealed class CudaNorm(CudaDevice device) : INormOps
{
    private readonly BatchNormKernels _kernels = new(device.Context.Library);

    public void BatchNormStatistics(Tensor x, Tensor saveMean, Tensor saveInvStd, Tensor? runningMean, Tensor? runningVar, float momentum, float eps)
    {
        var type = CudaTypes.Activations(x);
        CudaTypes.RequireFloat32(saveMean, saveInvStd, runningMean, runningVar);
        if (x.Numel == 0) throw new ArgumentException($"batch norm cannot take statistics of an empty batch of shape {x.Shape}");
        var (rows, channels) = Sizes(x);
        var partials = device.Scratch(BatchNormKernels.PartialBytes(type, rows, channels));
        _kernels.Statistics(
            device.Context.Stream, type, rows, channels, x.Address, partials.Address, saveMean.Address, Running(saveInvStd, runningMean, runningVar, momentum, eps));
        partials.Release();
    }

    public void BatchNormStatisticsFromMoments(ChannelMoments moments, long count, Tensor saveInvStd, Tensor? runningMean, Tensor? runningVar, float momentum, float eps) =>
        _kernels.StatisticsFromMoments(
            device.Context.Stream, (int)saveInvStd.Numel, moments.Mean.Address, moments.Variance.Address, count,
            Running(saveInvStd, runningMean, runningVar, momentum, eps));

    public void BatchNormAffine(Tensor mean, Tensor invStd, Tensor weight, Tensor bias, Tensor scale, Tensor shift) =>
        Affine(mean, ChannelSpread.InvStd(invStd.Address), weight, bias, scale, shift);

    public void BatchNormInferenceAffine(Tensor runningMean, Tensor runningVar, Tensor weight, Tensor bias, float eps, Tensor scale, Tensor shift) =>
        Affine(runningMean, ChannelSpread.Variance(runningVar.Address, eps), weight, bias, scale, shift);

    public void ScaleShift(Tensor x, Tensor scale, Tensor shift, bool relu, Tensor y) => Apply(x, null, ChannelSpread.One, scale, shift, relu, y);

    public void BatchNormApply(Tensor x, Tensor mean, Tensor invStd, Tensor weight, Tensor bias, bool relu, Tensor y) =>
        Apply(x, mean, ChannelSpread.InvStd(invStd.Address), weight, bias, relu, y);

    public void BatchNormInference(Tensor x, Tensor runningMean, Tensor runningVar, Tensor weight, Tensor bias, float eps, bool relu, Tensor y) =>
        Apply(x, runningMean, ChannelSpread.Variance(runningVar.Address, eps), weight, bias, relu, y);

    public void BatchNormBackward(
        Tensor x, Tensor gradY, Tensor mean, Tensor invStd, Tensor weight, Tensor bias, bool relu,
        Tensor? gradX, bool accumulateX, Tensor? gradWeight, bool accumulateWeight, Tensor? gradBias, bool accumulateBias)
    {
        if (gradX is null && gradWeight is null && gradBias is null) return;
        var operands = Operands(x, gradY, gradX, mean, ChannelSpread.InvStd(invStd.Address), weight, bias, relu);
        var means = gradX is null ? null : MeansScratch(operands);
        SumGradients(operands, gradWeight, accumulateWeight, gradBias, accumulateBias, means);
        if (gradX is not null) _kernels.BackwardInput(device.Context.Stream, operands, means!.Address, gradX.Address, accumulateX);
        means?.Release();
    }

    public void BatchNormBackwardReduced(
        Tensor x, Tensor g, Tensor mean, Tensor invStd, Tensor weight, Tensor sumGrad, Tensor sumGradDeviation,
        Tensor? gradX, bool accumulateX, Tensor? gradWeight, bool accumulateWeight, Tensor? gradBias, bool accumulateBias)
    {
        if (gradX is null && gradWeight is null && gradBias is null) return;
        var operands = Operands(x, g, gradX, mean, ChannelSpread.InvStd(invStd.Address), weight, bias: null, relu: false);
        var means = gradX is null ? null : MeansScratch(operands);
        _kernels.FinishSums(
            device.Context.Stream, 1, operands, sumGrad.Address, sumGradDeviation.Address, CudaDevice.AddressOf(gradWeight), accumulateWeight, CudaDevice.AddressOf(gradBias),
            accumulateBias, means?.Address ?? 0);
        if (gradX is not null) _kernels.BackwardInput(device.Context.Stream, operands, means!.Address, gradX.Address, accumulateX);
        means?.Release();
    }

    public void BatchNormInferenceBackward(
        Tensor x, Tensor gradY, Tensor runningMean, Tensor runningVar, Tensor weight, Tensor bias, float eps, bool relu,
        Tensor? gradX, bool accumulateX, Tensor? gradWeight, bool accumulateWeight, Tensor? gradBias, bool accumulateBias)
    {
        var operands = Operands(x, gradY, gradX, runningMean, ChannelSpread.Variance(runningVar.Address, eps), weight, bias, relu);
        if (gradWeight is not null || gradBias is not null) SumGradients(operands, gradWeight, accumulateWeight, gradBias, accumulateBias, means: null);
        if (gradX is not null) _kernels.BackwardInput(device.Context.Stream, operands, means: 0, gradX.Address, accumulateX);
    }

    private void Affine(Tensor mean, ChannelSpread spread, Tensor weight, Tensor bias, Tensor scale, Tensor shift) =>
        _kernels.Affine(device.Context.Stream, (int)scale.Numel, mean.Address, spread, weight.Address, bias.Address, scale.Address, shift.Address);

    private void Apply(
        Tensor x, Tensor? mean, ChannelSpread spread, Tensor weight, Tensor bias, bool relu, Tensor y, [CallerMemberName] string op = "")
    {
        var type = CudaTypes.Activations(x, y, op: op);
        CudaTypes.RequireFloat32(weight, bias, mean, op: op);
        var (rows, channels) = Sizes(x);
        _kernels.Apply(device.Context.Stream, type, rows, channels, x.Address, CudaDevice.AddressOf(mean), spread, weight.Address, bias.Address, relu, y.Address);
    }

    private void SumGradients(
        in BatchNormOperands operands, Tensor? gradWeight, bool accumulateWeight, Tensor? gradBias, bool accumulateBias, DeviceBuffer? means)
    {
        long bytes = BatchNormKernels.PartialBytes(operands.Type, operands.Rows, operands.Channels);
        var partials = device.Scratch(bytes);
        int parts = _kernels.BackwardSums(device.Context.Stream, operands, partials.Address);
        _kernels.FinishSums(
            device.Context.Stream, parts, operands, partials.Address, partials.Address + (nint)parts * operands.Channels * sizeof(float), CudaDevice.AddressOf(gradWeight),
            accumulateWeight, CudaDevice.AddressOf(gradBias), accumulateBias, means?.Address ?? 0);
        partials.Release();
    }

    private DeviceBuffer MeansScratch(in BatchNormOperands operands) => device.Scratch(2L * operands.Channels * sizeof(float));

    private static BatchNormOperands Operands(
        Tensor x, Tensor gradY, Tensor? gradX, Tensor mean, ChannelSpread spread, Tensor weight, Tensor? bias, bool relu, [CallerMemberName] string op = "")
    {
        var type = CudaTypes.Activations(x, gradY, gradX, op: op);
        CudaTypes.RequireFloat32(mean, weight, bias, op: op);
        var (rows, channels) = Sizes(x);
        return new BatchNormOperands(type, rows, channels, x.Address, gradY.Address, mean.Address, spread, weight.Address, CudaDevice.AddressOf(bias), relu);
    }

    private static RunningStatistics Running(Tensor saveInvStd, Tensor? runningMean, Tensor? runningVar, float momentum, float eps) =>
        new(saveInvStd.Address, CudaDevice.AddressOf(runningMean), CudaDevice.AddressOf(runningVar), momentum, eps);

    private static (long Rows, int Channels) Sizes(Tensor x) => (x.Numel / Math.Max(1, x.Shape[1]), x.Shape[1]);
}
