using WrnEngine.Devices;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Support.Oracle;

/// <summary>2-d convolution (cross-correlation) and its gradients by seven loops, with the fused prologue and epilogues as separate steps.</summary>
public static class ConvOracle
{
    /// <summary>One multiplication of the convolution: output element, input element, weight element (logical indices).</summary>
    private delegate void Term(int y, int x, int weight);

    public static RefArray Forward(in Conv2dShape shape, RefArray x, RefArray weight)
    {
        var y = new RefArray([shape.N, shape.OutChannels, shape.OutH, shape.OutW]);
        ForEachTerm(shape, (iy, ix, iw) => y.Values[iy] += x.Values[ix] * weight.Values[iw]);
        return y;
    }

    public static RefArray BackwardInput(in Conv2dShape shape, RefArray gradY, RefArray weight)
    {
        var gradX = new RefArray([shape.N, shape.InChannels, shape.H, shape.W]);
        ForEachTerm(shape, (iy, ix, iw) => gradX.Values[ix] += gradY.Values[iy] * weight.Values[iw]);
        return gradX;
    }

    public static RefArray BackwardWeight(in Conv2dShape shape, RefArray x, RefArray gradY)
    {
        var gradWeight = new RefArray([shape.OutChannels, shape.InChannels, shape.KernelH, shape.KernelW]);
        ForEachTerm(shape, (iy, ix, iw) => gradWeight.Values[iw] += gradY.Values[iy] * x.Values[ix]);
        return gradWeight;
    }

    /// <summary>x * scale[c] + shift[c], then ReLU if asked: what a convolution reads in place of x.</summary>
    public static RefArray Prologue(RefArray x, RefArray? scale, RefArray? shift, bool relu)
    {
        var result = new RefArray(x.Shape);
        for (int i = 0; i < x.Count; i++)
        {
            int c = x.ChannelOf(i);
            double v = scale is null ? x.Values[i] : x.Values[i] * scale.Values[c] + shift!.Values[c];
            result.Values[i] = relu ? Math.Max(v, 0) : v;
        }
        return result;
    }

    /// <summary>Zeroes a gradient where x * scale + shift is not positive, then reduces g and g * (x - mean) per channel.</summary>
    public static (RefArray Grad, RefArray SumGrad, RefArray SumGradDeviation) BackwardEpilogue(
        RefArray grad, RefArray x, RefArray mean, RefArray scale, RefArray shift, bool relu)
    {
        var masked = grad.Clone();
        var (sumGrad, sumGradDeviation) = (new RefArray(scale.Shape), new RefArray(scale.Shape));
        for (int i = 0; i < grad.Count; i++)
        {
            int c = x.ChannelOf(i);
            if (relu && !(x.Values[i] * scale.Values[c] + shift.Values[c] > 0)) masked.Values[i] = 0;
            sumGrad.Values[c] += masked.Values[i];
            sumGradDeviation.Values[c] += masked.Values[i] * (x.Values[i] - mean.Values[c]);
        }
        return (masked, sumGrad, sumGradDeviation);
    }

    private static void ForEachTerm(in Conv2dShape s, Term term)
    {
        for (int n = 0; n < s.N; n++)
            for (int o = 0; o < s.OutChannels; o++)
                for (int oh = 0; oh < s.OutH; oh++)
                    for (int ow = 0; ow < s.OutW; ow++)
                        for (int c = 0; c < s.InChannels; c++)
                            for (int kh = 0; kh < s.KernelH; kh++)
                                for (int kw = 0; kw < s.KernelW; kw++)
                                {
                                    int h = oh * s.StrideH - s.PaddingH + kh, w = ow * s.StrideW - s.PaddingW + kw;
                                    if (h < 0 || h >= s.H || w < 0 || w >= s.W) continue;
                                    term(
                                        ((n * s.OutChannels + o) * s.OutH + oh) * s.OutW + ow,
                                        ((n * s.InChannels + c) * s.H + h) * s.W + w,
                                        ((o * s.InChannels + c) * s.KernelH + kh) * s.KernelW + kw);
                                }
    }
}
