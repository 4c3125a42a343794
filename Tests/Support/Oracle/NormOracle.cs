using WrnEngine.Tensors;

namespace WrnEngine.Tests.Support.Oracle;

/// <summary>Batch normalisation over axis 1 (Ioffe and Szegedy, 2015, algorithm 1), two passes, with optional ReLU.</summary>
public static class NormOracle
{
    /// <summary>Mean and biased variance per channel.</summary>
    public static (RefArray Mean, RefArray Variance) Statistics(RefArray x)
    {
        int channels = x.Shape[1], count = x.Count / channels;
        var (mean, variance) = (new RefArray([channels]), new RefArray([channels]));
        for (int i = 0; i < x.Count; i++) mean.Values[x.ChannelOf(i)] += x.Values[i] / count;
        for (int i = 0; i < x.Count; i++)
        {
            double d = x.Values[i] - mean.Values[x.ChannelOf(i)];
            variance.Values[x.ChannelOf(i)] += d * d / count;
        }
        return (mean, variance);
    }

    public static RefArray InvStd(RefArray variance, double eps) => variance.Map(v => 1 / Math.Sqrt(v + eps));

    /// <summary>r = (1 - momentum) r + momentum * value, where the variance is the unbiased one (of one value: the biased one).</summary>
    public static (RefArray Mean, RefArray Variance) UpdateRunning(
        RefArray runningMean, RefArray runningVar, RefArray mean, RefArray variance, int count, double momentum)
    {
        double unbias = count > 1 ? count / (count - 1.0) : 1;
        return (runningMean * (1 - momentum) + mean * momentum, runningVar * (1 - momentum) + variance * (unbias * momentum));
    }

    public static RefArray Apply(RefArray x, RefArray mean, RefArray invStd, RefArray weight, RefArray bias, bool relu)
    {
        var y = new RefArray(x.Shape);
        for (int i = 0; i < x.Count; i++)
        {
            int c = x.ChannelOf(i);
            double v = (x.Values[i] - mean.Values[c]) * invStd.Values[c] * weight.Values[c] + bias.Values[c];
            y.Values[i] = relu ? Math.Max(v, 0) : v;
        }
        return y;
    }

    /// <summary>Training mode from x alone.</summary>
    public static RefArray Forward(RefArray x, RefArray weight, RefArray bias, double eps, bool relu)
    {
        var (mean, variance) = Statistics(x);
        return Apply(x, mean, InvStd(variance, eps), weight, bias, relu);
    }

    /// <summary>
    /// The gradients through batch statistics by the chain rule over the statistics, one link at a time: d/dvar, d/dmean, then x.
    /// </summary>
    public static (RefArray GradX, RefArray GradWeight, RefArray GradBias) Backward(
        RefArray x, RefArray gradY, RefArray mean, RefArray invStd, RefArray weight, RefArray bias, bool relu)
    {
        int channels = x.Shape[1], count = x.Count / channels;
        var g = Mask(x, gradY, mean, invStd, weight, bias, relu);
        var (gradWeight, gradBias) = AffineGradients(x, g, mean, invStd);
        var (gradVariance, gradMean) = (new double[channels], new double[channels]);
        var sumDeviation = new double[channels];
        for (int i = 0; i < x.Count; i++)
        {
            int c = x.ChannelOf(i);
            double s = invStd.Values[c], gradXhat = g.Values[i] * weight.Values[c], deviation = x.Values[i] - mean.Values[c];
            gradVariance[c] += gradXhat * deviation * -0.5 * s * s * s;
            gradMean[c] += -gradXhat * s;
            sumDeviation[c] += deviation;
        }
        for (int c = 0; c < channels; c++) gradMean[c] += gradVariance[c] * -2 * sumDeviation[c] / count;
        var gradX = new RefArray(x.Shape);
        for (int i = 0; i < x.Count; i++)
        {
            int c = x.ChannelOf(i);
            double deviation = x.Values[i] - mean.Values[c];
            gradX.Values[i] = g.Values[i] * weight.Values[c] * invStd.Values[c] + gradVariance[c] * 2 * deviation / count + gradMean[c] / count;
        }
        return (gradX, gradWeight, gradBias);
    }

    /// <summary>The gradients where the statistics are constants.</summary>
    public static (RefArray GradX, RefArray GradWeight, RefArray GradBias) InferenceBackward(
        RefArray x, RefArray gradY, RefArray mean, RefArray invStd, RefArray weight, RefArray bias, bool relu)
    {
        var g = Mask(x, gradY, mean, invStd, weight, bias, relu);
        var (gradWeight, gradBias) = AffineGradients(x, g, mean, invStd);
        var gradX = new RefArray(x.Shape);
        for (int i = 0; i < x.Count; i++) gradX.Values[i] = g.Values[i] * weight.Values[x.ChannelOf(i)] * invStd.Values[x.ChannelOf(i)];
        return (gradX, gradWeight, gradBias);
    }

    private static RefArray Mask(RefArray x, RefArray gradY, RefArray mean, RefArray invStd, RefArray weight, RefArray bias, bool relu)
    {
        var g = gradY.Clone();
        if (!relu) return g;
        var y = Apply(x, mean, invStd, weight, bias, relu: false);
        for (int i = 0; i < g.Count; i++)
            if (!(y.Values[i] > 0)) g.Values[i] = 0;
        return g;
    }

    private static (RefArray GradWeight, RefArray GradBias) AffineGradients(RefArray x, RefArray g, RefArray mean, RefArray invStd)
    {
        var (gradWeight, gradBias) = (new RefArray(mean.Shape), new RefArray(mean.Shape));
        for (int i = 0; i < x.Count; i++)
        {
            int c = x.ChannelOf(i);
            gradWeight.Values[c] += g.Values[i] * (x.Values[i] - mean.Values[c]) * invStd.Values[c];
            gradBias.Values[c] += g.Values[i];
        }
        return (gradWeight, gradBias);
    }
}
