using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>Classification: logits are [N, classes] float32, labels [N] int32 with 0 &lt;= label &lt; classes.</summary>
public interface ILossOps
{
    /// <summary>y = x - log(sum(exp(x))) along the last axis, with the maximum subtracted first.</summary>
    void LogSoftmax(Tensor x, Tensor y);

    /// <summary>gradX (+)= gradY - exp(y) * sum(gradY) along the last axis.</summary>
    void LogSoftmaxBackward(Tensor y, Tensor gradY, Tensor gradX, bool accumulate);

    /// <summary>
    /// loss (scalar) = mean over the samples of -sum_c q_c logProb_c, where q is 1 - smoothing on the label plus smoothing / classes on
    /// every class (PyTorch's label_smoothing); logProbs [N, classes] is kept for the backward pass.
    /// </summary>
    void SoftmaxCrossEntropy(Tensor logits, Tensor labels, float smoothing, Tensor logProbs, Tensor loss);

    /// <summary>gradLogits (+)= gradLoss (exp(logProbs) - q) / N.</summary>
    void SoftmaxCrossEntropyBackward(Tensor logProbs, Tensor labels, float smoothing, Tensor gradLoss, Tensor gradLogits, bool accumulate);

    /// <summary>index [N] int32 = the first largest class of each row.</summary>
    void ArgMax(Tensor x, Tensor index);

    /// <summary>
    /// count (int32 scalar) = number of samples whose label is among the k largest logits. Ties count against the sample: a class
    /// with an equal logit and a lower index ranks first, and a row with a NaN is wrong.
    /// </summary>
    void TopKCount(Tensor logits, Tensor labels, int k, Tensor count);
}
