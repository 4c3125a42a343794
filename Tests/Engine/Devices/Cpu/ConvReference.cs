using WrnEngine.Devices;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Engine.Devices.Cpu;

/// <summary>A convolution's operands in logical order (NCHW, OIHW) and its three passes as plain loops in double precision.</summary>
internal sealed class ConvReference
{
    private readonly Conv2dShape _s;

    public ConvReference(Conv2dShape shape)
    {
        _s = shape;
        X = Numbers((int)XShape.Numel, 1);
        Weight = Numbers((int)WeightShape.Numel, 2);
        GradY = Numbers((int)YShape.Numel, 3);
    }

    public float[] X { get; }

    public float[] Weight { get; }

    public float[] GradY { get; }

    public Shape XShape => [_s.N, _s.InChannels, _s.H, _s.W];

    public Shape WeightShape => [_s.OutChannels, _s.InChannels, _s.KernelH, _s.KernelW];

    public Shape YShape => [_s.N, _s.OutChannels, _s.OutH, _s.OutW];

    public static float[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];
    }

    public static double[] PerChannel(double[] values, Shape shape)
    {
        var sums = new double[shape[1]];
        for (int i = 0; i < values.Length; i++) sums[ChannelOf(i, shape)] += values[i];
        return sums;
    }

    public static int ChannelOf(int i, Shape shape) => i / (shape[2] * shape[3]) % shape[1];

    /// <summary>Mean and biased variance per channel.</summary>
    public static double[][] Moments(double[] values, Shape shape)
    {
        double count = (double)values.Length / shape[1];
        double[] mean = [.. PerChannel(values, shape).Select(v => v / count)];
        double[] squares = [.. values.Select((v, i) => Math.Pow(v - mean[ChannelOf(i, shape)], 2) / count)];
        return [mean, PerChannel(squares, shape)];
    }

    /// <summary>x * scale + shift and ReLU, in single precision: the masks must agree with the device's.</summary>
    public float[] Affine(float[]? scale, float[] shift, bool relu) => [.. X.Select((v, i) =>
    {
        int c = i / (_s.H * _s.W) % _s.InChannels;
        float a = scale is null ? v : MathF.FusedMultiplyAdd(v, scale[c], shift[c]);
        return relu ? Math.Max(a, 0) : a;
    })];

    public double[] Forward(float[] x)
    {
        var y = new double[YShape.Numel];
        ForEachProduct((xi, wi, yi) => y[yi] += (double)x[xi] * Weight[wi]);
        return y;
    }

    public double[] BackwardInput(float[]? start)
    {
        var gradX = new double[XShape.Numel];
        start?.CopyTo(gradX, 0);
        ForEachProduct((xi, wi, yi) => gradX[xi] += (double)GradY[yi] * Weight[wi]);
        return gradX;
    }

    public double[] BackwardWeight(float[] x, float[]? start)
    {
        var gradWeight = new double[WeightShape.Numel];
        start?.CopyTo(gradWeight, 0);
        ForEachProduct((xi, wi, yi) => gradWeight[wi] += (double)GradY[yi] * x[xi]);
        return gradWeight;
    }

    private void ForEachProduct(Action<int, int, int> visit)
    {
        for (int n = 0; n < _s.N; n++)
            for (int o = 0; o < _s.OutChannels; o++)
                for (int oh = 0; oh < _s.OutH; oh++)
                    for (int ow = 0; ow < _s.OutW; ow++)
                        for (int c = 0; c < _s.InChannels; c++)
                            for (int kh = 0; kh < _s.KernelH; kh++)
                                for (int kw = 0; kw < _s.KernelW; kw++)
                                {
                                    int ih = oh * _s.StrideH + kh - _s.PaddingH, iw = ow * _s.StrideW + kw - _s.PaddingW;
                                    if (ih < 0 || ih >= _s.H || iw < 0 || iw >= _s.W) continue;
                                    visit(
                                        ((n * _s.InChannels + c) * _s.H + ih) * _s.W + iw,
                                        ((o * _s.InChannels + c) * _s.KernelH + kh) * _s.KernelW + kw,
                                        ((n * _s.OutChannels + o) * _s.OutH + oh) * _s.OutW + ow);
                                }
    }
}
