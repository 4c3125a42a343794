using WrnEngine.Autograd;
using WrnEngine.Tensors;

namespace WrnEngine.Ops;

/// <summary>
/// Batch normalisation over N, H and W per channel, alone or with a ReLU in the same pass. Ioffe and Szegedy, 2015. Variances are biased
/// for normalising and unbiased in the running statistics, as in PyTorch.
/// </summary>
public static class BatchNormOps
{
    /// <summary>Normalises by the batch's own statistics and moves the running ones: training mode.</summary>
    /// <param name="x">[N, C, H, W] or [N, C].</param>
    /// <param name="weight">Scale, [C].</param>
    /// <param name="bias">Shift, [C].</param>
    /// <param name="runningMean">[C], updated in place; null keeps none.</param>
    /// <param name="runningVar">[C], updated in place, together with runningMean.</param>
    /// <param name="momentum">Share of the new value in the running statistics.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="relu">Apply a ReLU to the result in the same pass.</param>
    /// <exception cref="ShapeException">The sizes do not fit, or a channel has a single value, whose variance is undefined.</exception>
    public static Tensor BatchNorm(
        this Tensor x, Tensor weight, Tensor bias, Tensor? runningMean, Tensor? runningVar, float momentum = 0.1f, float eps = 1e-5f, bool relu = false)
    {
        string op = Name(relu);
        int channels = CheckShapes(op, x, weight, bias, runningMean, runningVar);
        if (x.Numel / Math.Max(channels, 1) < 2)
            throw new ShapeException($"{op}: x {x.Shape} has one value per channel, too few for batch statistics; use a larger batch or evaluation mode");
        var norm = x.Device.Norm;
        var mean = x.Moments?.Mean.Pin() ?? Tensor.Empty([channels], x.Device);
        var invStd = Tensor.Empty([channels], x.Device);
        Tensor y;
        if (x.Moments is null && !IsDeferred(x))
        {
            y = Tensor.Empty(x.Shape, x.Device, x.DType);
            norm.BatchNormTraining(x, weight, bias, mean, invStd, runningMean, runningVar, momentum, eps, relu, y);
        }
        else
        {
            if (x.Moments is { } moments) norm.BatchNormStatisticsFromMoments(moments, x.Numel / channels, invStd, runningMean, runningVar, momentum, eps);
            else norm.BatchNormStatistics(x, mean, invStd, runningMean, runningVar, momentum, eps);
            if (IsDeferred(x)) y = DeferredNorm.Training(x, mean, invStd, weight, bias, relu);
            else norm.BatchNormApply(x, mean, invStd, weight, bias, relu, y = Tensor.Empty(x.Shape, x.Device, x.DType));
        }
        var deferred = DeferredNorm.Of(y);
        if (GradTape.Records(x, weight, bias))
            GradTape.Record(op, y, [x, weight, bias], [x, mean, invStd, weight, bias], n =>
            {
                bool addX = false, addW = false, addB = false;
                var gradX = n.Needs(0) ? n.GradInputInPlace(0, out addX) : null;
                var gradWeight = n.Needs(1) ? n.GradInput(1, out addW) : null;
                var gradBias = n.Needs(2) ? n.GradInput(2, out addB) : null;
                if (deferred is { SumGrad: { } sumGrad, SumGradDeviation: { } sumGradDeviation })
                    n.GradOutput.Device.Norm.BatchNormBackwardReduced(
                        n.Saved(0), n.GradOutput, n.Saved(1), n.Saved(2), n.Saved(3), sumGrad, sumGradDeviation, gradX, addX, gradWeight, addW, gradBias, addB);
                else
                    n.GradOutput.Device.Norm.BatchNormBackward(
                        n.Saved(0), n.GradOutput, n.Saved(1), n.Saved(2), n.Saved(3), n.Saved(4), relu, gradX, addX, gradWeight, addW, gradBias, addB);
            });
        mean.Release();
        invStd.Release();
        return y;
    }

    /// <summary>Training-mode batch norm and ReLU in one pass each way.</summary>
    /// <inheritdoc cref="BatchNorm"/>
    public static Tensor BatchNormRelu(
        this Tensor x, Tensor weight, Tensor bias, Tensor? runningMean, Tensor? runningVar, float momentum = 0.1f, float eps = 1e-5f) =>
        x.BatchNorm(weight, bias, runningMean, runningVar, momentum, eps, relu: true);

    /// <summary>Normalises by given statistics: evaluation mode. Gradients flow, treating the statistics as constants.</summary>
    /// <inheritdoc cref="BatchNorm"/>
    public static Tensor BatchNormInference(
        this Tensor x, Tensor weight, Tensor bias, Tensor runningMean, Tensor runningVar, float eps = 1e-5f, bool relu = false)
    {
        string op = Name(relu);
        ArgumentNullException.ThrowIfNull(runningMean);
        ArgumentNullException.ThrowIfNull(runningVar);
        CheckShapes(op, x, weight, bias, runningMean, runningVar);
        if (IsDeferred(x) && !GradTape.Records(x, weight, bias)) return DeferredNorm.Inference(x, runningMean, runningVar, weight, bias, eps, relu);
        var y = Tensor.Empty(x.Shape, x.Device, x.DType);
        x.Device.Norm.BatchNormInference(x, runningMean, runningVar, weight, bias, eps, relu, y);
        if (GradTape.Records(x, weight, bias))
            GradTape.Record(op, y, [x, weight, bias], [x, runningMean, runningVar, weight, bias], n =>
            {
                bool addX = false, addW = false, addB = false;
                var gradX = n.Needs(0) ? n.GradInput(0, out addX) : null;
                var gradWeight = n.Needs(1) ? n.GradInput(1, out addW) : null;
                var gradBias = n.Needs(2) ? n.GradInput(2, out addB) : null;
                n.GradOutput.Device.Norm.BatchNormInferenceBackward(
                    n.Saved(0), n.GradOutput, n.Saved(1), n.Saved(2), n.Saved(3), n.Saved(4), eps, relu, gradX, addX, gradWeight, addW, gradBias, addB);
            });
        return y;
    }

    /// <summary>Whether the result waits for its readers, which may be convolutions that need no written copy.</summary>
    private static bool IsDeferred(Tensor x) => x.Rank == 4 && x.Device.FusesConvolutions;

    private static string Name(bool relu) => relu ? "batch_norm_relu" : "batch_norm";

    private static int CheckShapes(string op, Tensor x, Tensor weight, Tensor bias, Tensor? runningMean, Tensor? runningVar)
    {
        Check.Float(op, x);
        if (x.Rank is not (2 or 4)) throw new ShapeException($"{op}: x has shape {x.Shape}, expected [N, C] or [N, C, H, W]");
        int channels = x.Shape[1];
        Check.Vector(op, weight, channels, $"one per channel of x {x.Shape}");
        Check.Vector(op, bias, channels, $"one per channel of x {x.Shape}");
        Check.SameDevice(op, x, weight);
        Check.SameDevice(op, x, bias);
        if (runningMean is null != runningVar is null) throw new ArgumentException($"{op}: give both running statistics or none");
        if (runningMean is not null && runningVar is not null)
        {
            Check.Vector(op, runningMean, channels, $"one per channel of x {x.Shape}");
            Check.Vector(op, runningVar, channels, $"one per channel of x {x.Shape}");
        }
        return channels;
    }
}
