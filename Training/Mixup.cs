using WrnEngine.Devices;
using WrnEngine.Ops;
using WrnEngine.Rng;
using WrnEngine.Tensors;

namespace WrnEngine.Training;

/// <summary>
/// Mixup (Zhang et al., arXiv 1710.09412): every image of a step is mixed with another one of its batch, and the loss with the other's in the same ratio.
/// Ratio and partners are drawn on the host by (seed, step) and read by the device from its memory, so that a step may be replayed.
/// </summary>
/// <remarks>
/// One lambda per step ~ Beta(alpha, alpha). The distribution is symmetric, and so is a random pairing: that the larger of lambda and 1 - lambda is taken as the
/// share of the sample itself changes nothing but which of the two counts as the first, whose class is what the training error is measured by.
/// </remarks>
/// <param name="alpha">Of the Beta distribution, above 0: 1 is uniform, small values hardly mix.</param>
/// <param name="seed">The run's seed.</param>
/// <param name="samples">Samples in a batch.</param>
internal sealed class Mixup(float alpha, ulong seed, int samples)
{
    private const int PairOrdinal = 2; // of the shuffles: the orders of epochs have 0, the images held out 1

    private readonly int[] _partners = new int[samples];

    /// <summary>The sample's own part of a mixture, 0.5 to 1.</summary>
    public float Share { get; private set; } = 1;

    /// <summary>[N], for each sample the place of its partner in the batch: a permutation.</summary>
    public ReadOnlySpan<int> Partners => _partners;

    /// <summary>Draws lambda and permutation of a step.</summary>
    /// <param name="step">Steps before it.</param>
    public void Draw(uint step)
    {
        double lambda = BetaDistribution.Draw(alpha, seed, step);
        Share = (float)Math.Max(lambda, 1 - lambda);
        for (int i = 0; i < _partners.Length; i++) _partners[i] = i;
        Philox.Shuffle(_partners, seed, step, PairOrdinal);
    }

    /// <summary>share * x + (1 - share) * partners, [N, 3, H, W].</summary>
    public static Tensor Mix(Tensor images, Tensor partners, PairInputs pairs) => images * pairs.Share + partners * pairs.Rest;

    /// <summary>The loss of a step: mean cross-entropy, with mixup share * CE(labels) + (1 - share) * CE(labels of the partners).</summary>
    public static Tensor Loss(Tensor logits, StepInputs inputs, float labelSmoothing)
    {
        var loss = logits.SoftmaxCrossEntropy(inputs.Labels, labelSmoothing);
        if (inputs.Pairs is not { } pairs) return loss;
        return loss * pairs.Share + logits.SoftmaxCrossEntropy(pairs.Labels, labelSmoothing) * pairs.Rest;
    }
}
