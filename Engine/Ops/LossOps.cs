using WrnEngine.Autograd;
using WrnEngine.Tensors;

namespace WrnEngine.Ops;

/// <summary>Classification losses and counts. Logits are [N, classes], labels [N] int32.</summary>
public static class LossOps
{
    /// <summary>log(softmax(x)) along the last axis of x [N, classes].</summary>
    public static Tensor LogSoftmax(this Tensor x)
    {
        Check.Rank("log_softmax", x, 2, "[N, classes]");
        Check.Float32("log_softmax", x);
        var y = Tensor.Empty(x.Shape, x.Device);
        x.Device.Loss.LogSoftmax(x, y);
        if (GradTape.Records(x))
            GradTape.Record("log_softmax", y, [x], [y], n =>
                n.GradOutput.Device.Loss.LogSoftmaxBackward(n.Saved(0), n.GradOutput, n.GradInput(0, out bool add), add));
        return y;
    }

    /// <summary>
    /// The mean cross-entropy between softmax(logits) and the labels, a scalar. <paramref name="labelSmoothing"/> moves that share of the
    /// target evenly onto all classes, as in PyTorch.
    /// </summary>
    /// <exception cref="ShapeException">The sizes do not fit, or the smoothing is not in 0 .. 1.</exception>
    public static Tensor SoftmaxCrossEntropy(this Tensor logits, Tensor labels, float labelSmoothing = 0)
    {
        CheckLabels("softmax_cross_entropy", logits, labels);
        if (!(labelSmoothing is >= 0 and <= 1)) throw new ShapeException($"softmax_cross_entropy: label smoothing {labelSmoothing} is not between 0 and 1");
        var logProbs = Tensor.Empty(logits.Shape, logits.Device);
        var loss = Tensor.Empty(Shape.Scalar, logits.Device);
        logits.Device.Loss.SoftmaxCrossEntropy(logits, labels, labelSmoothing, logProbs, loss);
        if (GradTape.Records(logits))
            GradTape.Record("softmax_cross_entropy", loss, [logits], [logProbs, labels], n =>
                n.GradOutput.Device.Loss.SoftmaxCrossEntropyBackward(
                    n.Saved(0), n.Saved(1), labelSmoothing, n.GradOutput, n.GradInput(0, out bool add), add));
        logProbs.Release();
        return loss;
    }

    /// <summary>The first largest class of each row, [N] int32.</summary>
    public static Tensor ArgMax(this Tensor x)
    {
        Check.Rank("argmax", x, 2, "[N, classes]");
        Check.Float32("argmax", x);
        var index = Tensor.Empty([x.Shape[0]], x.Device, DType.Int32);
        x.Device.Loss.ArgMax(x, index);
        return index;
    }

    /// <summary>How many labels are among the <paramref name="k"/> largest logits of their row, an int32 scalar.</summary>
    /// <exception cref="ShapeException">The sizes do not fit, or k is not in 1 .. classes.</exception>
    public static Tensor TopKCount(this Tensor logits, Tensor labels, int k = 1)
    {
        CheckLabels("top_k_count", logits, labels);
        if (k < 1 || k > logits.Shape[1]) throw new ShapeException($"top_k_count: k is {k}, but logits {logits.Shape} have {logits.Shape[1]} classes");
        var count = Tensor.Empty(Shape.Scalar, logits.Device, DType.Int32);
        logits.Device.Loss.TopKCount(logits, labels, k, count);
        return count;
    }

    private static void CheckLabels(string op, Tensor logits, Tensor labels)
    {
        Check.Rank(op, logits, 2, "[N, classes]");
        Check.Float32(op, logits);
        ArgumentNullException.ThrowIfNull(labels);
        Check.SameDevice(op, logits, labels);
        if (labels.DType != DType.Int32 || labels.Shape != new Shape(logits.Shape[0]))
            throw new ShapeException($"{op}: labels are {labels.DType.ShortName()}{labels.Shape}, expected i32[{logits.Shape[0]}], one per row of logits {logits.Shape}");
        if (logits.Numel == 0) throw new ShapeException($"{op}: logits {logits.Shape} are empty");
    }
}
