using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda.CuDnn;

/// <summary>
/// Batch norms of float32 by cuDNN, where its calls mean what the op means; everything else, and all of bfloat16, by the project's kernels.
/// <para>cuDNN's training call makes statistics and output at once, so it serves <see cref="BatchNormTraining"/> only: where a convolution takes moments
/// along or applies the norm on the fly there is no such op. Its fast path with a ReLU inside is for 16-bit floats: here a ReLU is a pass of its own, forwards
/// over y, backwards over a copy of the gradient masked by the recomputed argument. In bytes cuDNN can only win where there is no ReLU (a read less, when
/// a channel's values stay on the chip), so <see cref="Implementation.Auto"/> will seldom take it; it is there to be measured.</para>
/// <para>The project's kernels compute what is written in place, and a backward pass without a gradient of x.</para>
/// </summary>
/// <param name="device">Where.</param>
/// <param name="native">The project's kernels.</param>
/// <param name="cudnn">The library.</param>
/// <param name="chooser">Decides.</param>
/// <param name="wanted">Whether the project's kernels are compared.</param>
/// <param name="isDeterministic">Leave out the mode whose order of additions is not fixed.</param>
internal sealed unsafe class CuDnnNorm(
    CudaDevice device, INormOps native, CuDnnHandle cudnn, OpChooser chooser, Implementation wanted, bool isDeterministic) : INormOps
{
    /// <summary>How a plan names cuDNN's batch norm.</summary>
    public const string Take = "cudnn";

    // The backward call checks its eps, and does not use it when it is given the saved deviations.
    private const double UnusedEps = 1e-5;

    private readonly Dictionary<NormCall, bool> _taken = [];

    private CuDnnBatchNormMode TrainingMode => isDeterministic ? CuDnnBatchNormMode.Spatial : CuDnnBatchNormMode.SpatialPersistent;

    public void BatchNormTraining(
        Tensor x, Tensor weight, Tensor bias, Tensor saveMean, Tensor saveInvStd, Tensor? runningMean, Tensor? runningVar, float momentum, float eps, bool relu,
        Tensor y)
    {
        bool isTaken = false;
        if (Takes(x, y) && runningMean is null == runningVar is null)
        {
            var call = new NormCall(NormPass.Training, x.Shape, relu, Adds: false);
            if (!_taken.TryGetValue(call, out isTaken)) _taken[call] = isTaken = ChooseTraining(call, x, weight, bias, saveMean, saveInvStd, eps, y);
        }

        if (isTaken) Training(x, weight, bias, saveMean, saveInvStd, runningMean, runningVar, momentum, eps, relu, y);
        else native.BatchNormTraining(x, weight, bias, saveMean, saveInvStd, runningMean, runningVar, momentum, eps, relu, y);
    }

    public void BatchNormInference(Tensor x, Tensor runningMean, Tensor runningVar, Tensor weight, Tensor bias, float eps, bool relu, Tensor y)
    {
        bool isTaken = false;
        if (Takes(x, y))
        {
            var call = new NormCall(NormPass.Inference, x.Shape, relu, Adds: false);
            if (!_taken.TryGetValue(call, out isTaken)) _taken[call] = isTaken = ChooseInference(call, x, runningMean, runningVar, weight, bias, eps, y);
        }

        if (isTaken) Inference(x, runningMean, runningVar, weight, bias, eps, relu, y);
        else native.BatchNormInference(x, runningMean, runningVar, weight, bias, eps, relu, y);
    }

    public void BatchNormBackward(
        Tensor x, Tensor gradY, Tensor mean, Tensor invStd, Tensor weight, Tensor bias, bool relu,
        Tensor? gradX, bool accumulateX, Tensor? gradWeight, bool accumulateWeight, Tensor? gradBias, bool accumulateBias)
    {
        bool isTaken = false;
        if (gradX is not null && Takes(x, gradX))
        {
            var call = new NormCall(NormPass.Backward, x.Shape, relu, accumulateX);
            if (!_taken.TryGetValue(call, out isTaken)) _taken[call] = isTaken = ChooseBackward(call, x, gradY, mean, invStd, weight, bias, gradX);
        }

        if (isTaken) Backward(x, gradY, mean, invStd, weight, bias, relu, gradX!, accumulateX, gradWeight, accumulateWeight, gradBias, accumulateBias);
        else native.BatchNormBackward(x, gradY, mean, invStd, weight, bias, relu, gradX, accumulateX, gradWeight, accumulateWeight, gradBias, accumulateBias);
    }

    public void BatchNormStatistics(Tensor x, Tensor saveMean, Tensor saveInvStd, Tensor? runningMean, Tensor? runningVar, float momentum, float eps) =>
        native.BatchNormStatistics(x, saveMean, saveInvStd, runningMean, runningVar, momentum, eps);

    public void BatchNormStatisticsFromMoments(ChannelMoments moments, long count, Tensor saveInvStd, Tensor? runningMean, Tensor? runningVar, float momentum, float eps) =>
        native.BatchNormStatisticsFromMoments(moments, count, saveInvStd, runningMean, runningVar, momentum, eps);

    public void BatchNormAffine(Tensor mean, Tensor invStd, Tensor weight, Tensor bias, Tensor scale, Tensor shift) =>
        native.BatchNormAffine(mean, invStd, weight, bias, scale, shift);

    public void BatchNormInferenceAffine(Tensor runningMean, Tensor runningVar, Tensor weight, Tensor bias, float eps, Tensor scale, Tensor shift) =>
        native.BatchNormInferenceAffine(runningMean, runningVar, weight, bias, eps, scale, shift);

    public void ScaleShift(Tensor x, Tensor scale, Tensor shift, bool relu, Tensor y) => native.ScaleShift(x, scale, shift, relu, y);

    public void BatchNormApply(Tensor x, Tensor mean, Tensor invStd, Tensor weight, Tensor bias, bool relu, Tensor y) =>
        native.BatchNormApply(x, mean, invStd, weight, bias, relu, y);

    public void BatchNormBackwardReduced(
        Tensor x, Tensor g, Tensor mean, Tensor invStd, Tensor weight, Tensor sumGrad, Tensor sumGradDeviation,
        Tensor? gradX, bool accumulateX, Tensor? gradWeight, bool accumulateWeight, Tensor? gradBias, bool accumulateBias) =>
        native.BatchNormBackwardReduced(
            x, g, mean, invStd, weight, sumGrad, sumGradDeviation, gradX, accumulateX, gradWeight, accumulateWeight, gradBias, accumulateBias);

    public void BatchNormInferenceBackward(
        Tensor x, Tensor gradY, Tensor runningMean, Tensor runningVar, Tensor weight, Tensor bias, float eps, bool relu,
        Tensor? gradX, bool accumulateX, Tensor? gradWeight, bool accumulateWeight, Tensor? gradBias, bool accumulateBias) =>
        native.BatchNormInferenceBackward(
            x, gradY, runningMean, runningVar, weight, bias, eps, relu, gradX, accumulateX, gradWeight, accumulateWeight, gradBias, accumulateBias);

    private static bool Takes(Tensor x, Tensor target) => x.Numel > 0 && x.DType == DType.Float32 && target.Address != x.Address;

    // Running statistics move in the one real run only.
    private bool ChooseTraining(NormCall call, Tensor x, Tensor weight, Tensor bias, Tensor saveMean, Tensor saveInvStd, float eps, Tensor y) =>
        Choose(call, y, (isTaken, target) =>
        {
            if (isTaken) Training(x, weight, bias, saveMean, saveInvStd, null, null, 1, eps, call.Relu, target);
            else native.BatchNormTraining(x, weight, bias, saveMean, saveInvStd, null, null, 1, eps, call.Relu, target);
        });

    private bool ChooseInference(NormCall call, Tensor x, Tensor runningMean, Tensor runningVar, Tensor weight, Tensor bias, float eps, Tensor y) =>
        Choose(call, y, (isTaken, target) =>
        {
            if (isTaken) Inference(x, runningMean, runningVar, weight, bias, eps, call.Relu, target);
            else native.BatchNormInference(x, runningMean, runningVar, weight, bias, eps, call.Relu, target);
        });

    // A trial writes the parameters' gradients into memory of its own: they may be sums that more is to be added to.
    private bool ChooseBackward(NormCall call, Tensor x, Tensor gradY, Tensor mean, Tensor invStd, Tensor weight, Tensor bias, Tensor gradX)
    {
        using var toWeight = ScratchTensor.Like(mean);
        using var toBias = ScratchTensor.Like(mean);
        return Choose(call, gradX, (isTaken, target) =>
        {
            if (isTaken) Backward(x, gradY, mean, invStd, weight, bias, call.Relu, target, call.Adds, toWeight.Tensor, false, toBias.Tensor, false);
            else native.BatchNormBackward(x, gradY, mean, invStd, weight, bias, call.Relu, target, call.Adds, toWeight.Tensor, false, toBias.Tensor, false);
        });
    }

    private bool Choose(NormCall call, Tensor target, Action<bool, Tensor> run) =>
        Take == chooser.Choose(call.Describe(), wanted, () => [Take], target, call.Adds, (way, to) =>
        {
            run(way == Take, to);
            return true;
        });

    private void Training(
        Tensor x, Tensor weight, Tensor bias, Tensor saveMean, Tensor saveInvStd, Tensor? runningMean, Tensor? runningVar, float momentum, float eps, bool relu,
        Tensor y)
    {
        var (data, channels) = Descriptors(x);
        float alpha = 1, beta = 0;
        cudnn.Api.Check(
            cudnn.Api.BatchNormalizationForwardTraining(
                cudnn.Value, TrainingMode, &alpha, &beta, data, (ulong)x.Address, data, (ulong)y.Address, channels, (ulong)weight.Address, (ulong)bias.Address, momentum,
                (ulong)CudaDevice.AddressOf(runningMean), (ulong)CudaDevice.AddressOf(runningVar), eps, (ulong)saveMean.Address, (ulong)saveInvStd.Address),
            "cudnnBatchNormalizationForwardTraining");
        if (relu) device.Elementwise.Unary(UnaryOp.Relu, y, y);
    }

    private void Inference(Tensor x, Tensor runningMean, Tensor runningVar, Tensor weight, Tensor bias, float eps, bool relu, Tensor y)
    {
        var (data, channels) = Descriptors(x);
        float alpha = 1, beta = 0;
        cudnn.Api.Check(
            cudnn.Api.BatchNormalizationForwardInference(
                cudnn.Value, CuDnnBatchNormMode.Spatial, &alpha, &beta, data, (ulong)x.Address, data, (ulong)y.Address, channels, (ulong)weight.Address,
                (ulong)bias.Address, (ulong)runningMean.Address, (ulong)runningVar.Address, eps),
            "cudnnBatchNormalizationForwardInference");
        if (relu) device.Elementwise.Unary(UnaryOp.Relu, y, y);
    }

    private void Backward(
        Tensor x, Tensor gradY, Tensor mean, Tensor invStd, Tensor weight, Tensor bias, bool relu,
        Tensor gradX, bool accumulateX, Tensor? gradWeight, bool accumulateWeight, Tensor? gradBias, bool accumulateBias)
    {
        using var own = OwnGradient(x, gradY, mean, invStd, weight, bias, relu, gradX);
        // cuDNN wants both parameters' gradients, and adds to both or to none.
        bool isDirect = gradWeight is not null && gradBias is not null && accumulateWeight == accumulateBias;
        using var sumsOfWeight = isDirect ? ScratchTensor.None : ScratchTensor.Like(mean);
        using var sumsOfBias = isDirect ? ScratchTensor.None : ScratchTensor.Like(mean);
        var (toWeight, toBias) = isDirect ? (gradWeight!, gradBias!) : (sumsOfWeight.Tensor, sumsOfBias.Tensor);
        var (data, channels) = Descriptors(x);
        float alpha = 1, betaX = accumulateX ? 1 : 0, betaParameters = isDirect && accumulateWeight ? 1 : 0;
        cudnn.Api.Check(
            cudnn.Api.BatchNormalizationBackward(
                cudnn.Value, TrainingMode, &alpha, &betaX, &alpha, &betaParameters, data, (ulong)x.Address, data, (ulong)own.Or(gradY).Address, data,
                (ulong)gradX.Address, channels, (ulong)weight.Address, (ulong)toWeight.Address, (ulong)toBias.Address, UnusedEps, (ulong)mean.Address,
                (ulong)invStd.Address),
            "cudnnBatchNormalizationBackward");
        if (isDirect) return;
        Store(toWeight, gradWeight, accumulateWeight);
        Store(toBias, gradBias, accumulateBias);
    }

    /// <summary>The gradient of y where it must not be read as it is: masked, or apart from the gradient of x that is written over it.</summary>
    private ScratchTensor OwnGradient(Tensor x, Tensor gradY, Tensor mean, Tensor invStd, Tensor weight, Tensor bias, bool relu, Tensor gradX)
    {
        if (!relu && gradX.Address != gradY.Address) return ScratchTensor.None;
        var own = ScratchTensor.Like(gradY);
        try
        {
            if (!relu)
            {
                device.Copy(gradY, own.Tensor);
                return own;
            }

            // The ReLU's argument has the sign of its result, which is all that its gradient asks for.
            native.BatchNormApply(x, mean, invStd, weight, bias, relu: false, own.Tensor);
            device.Elementwise.UnaryBackward(UnaryOp.Relu, own.Tensor, gradY, own.Tensor, accumulate: false);
            return own;
        }
        catch
        {
            own.Dispose();
            throw;
        }
    }

    private void Store(Tensor sums, Tensor? target, bool accumulate)
    {
        if (target is null) return;
        if (accumulate) device.Elementwise.AddScaled(target, sums, 1, target);
        else device.Copy(sums, target);
    }

    // A matrix is images of one pixel.
    private (CuDnnTensorDescriptor Data, CuDnnTensorDescriptor Channels) Descriptors(Tensor x)
    {
        var (h, w) = x.Rank == 4 ? (x.Shape[2], x.Shape[3]) : (1, 1);
        return (cudnn.Descriptors.Tensor(CuDnnDataType.Float, x.Shape[0], x.Shape[1], h, w), cudnn.Descriptors.Channels(x.Shape[1]));
    }

    private enum NormPass
    {
        Training,
        Inference,
        Backward,
    }

    /// <summary>All that a choice depends on.</summary>
    private readonly record struct NormCall(NormPass Pass, Shape Shape, bool Relu, bool Adds)
    {
        public string Describe() => $"batch_norm {Pass.ToString().ToLowerInvariant()} f32 {Shape}{(Relu ? " +relu" : "")}{(Adds ? " +add" : "")}";
    }
}
