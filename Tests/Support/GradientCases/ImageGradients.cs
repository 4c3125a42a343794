using WrnEngine.Devices;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Support.GradientCases;

/// <summary>Convolutions and pooling.</summary>
public static class ImageGradients
{
    private static readonly Conv2dShape[] Convolutions =
    [
        new(1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0), new(2, 3, 5, 4, 4, 3, 3, 1, 1, 1, 1), new(2, 2, 6, 6, 3, 3, 3, 2, 2, 1, 1),
        new(3, 4, 4, 4, 5, 1, 1, 2, 2, 0, 0), new(1, 2, 6, 5, 3, 2, 3, 1, 2, 1, 0), new(1, 1, 4, 4, 2, 5, 5, 3, 3, 3, 3), new(1, 17, 3, 3, 2, 3, 3, 1, 1, 1, 1),
    ];

    private static readonly (Shape X, int Kernel, int? Stride, int Padding)[] Pools =
    [
        ([1, 1, 1, 1], 1, null, 0), ([2, 3, 6, 4], 2, null, 0), ([2, 3, 5, 7], 3, 2, 1), ([1, 17, 4, 4], 3, 1, 1), ([1, 2, 7, 7], 2, 3, 0), ([2, 2, 5, 5], 4, 1, 2),
    ];

    public static IEnumerable<GradientCase> All() =>
    [
        .. Convolutions.Select(Conv2d),
        .. Convolutions.Where(s => s.StrideH == s.StrideW && s.PaddingH == s.PaddingW).SelectMany(s => new[] { Conv2dAdd(s, residual: true), Conv2dAdd(s, residual: false) }),
        .. Pools.Select(p => MaxPool(p.X, p.Kernel, p.Stride, p.Padding)),
        .. Pools.Select(p => AveragePool(p.X, p.Kernel, p.Stride, p.Padding)),
        PadChannels([2, 3, 4, 5], 7),
        PadChannels([1, 17, 3, 2], 40),
        PadChannels([2, 5, 1, 1], 5),
        GlobalAveragePool([2, 3, 4, 5]),
        GlobalAveragePool([3, 17, 1, 1]),
        GlobalAveragePool([1, 1, 8, 8]),
    ];

    private static GradientCase Conv2d(Conv2dShape s) => new()
    {
        Op = nameof(ConvOps.Conv2d),
        Name = OpCases.ConvCases.Describe(s),
        Inputs = [OpCases.ConvCases.XShape(s), OpCases.ConvCases.WeightShape(s)],
        Forward = (_, t) => s.StrideH == s.StrideW && s.PaddingH == s.PaddingW
            ? t[0].Conv2d(t[1], s.StrideH, s.PaddingH)
            : t[0].Conv2d(t[1], (s.StrideH, s.StrideW), (s.PaddingH, s.PaddingW)),
        Reference = r => ConvOracle.Forward(s, r[0], r[1]),
        Backward = (r, g) => [ConvOracle.BackwardInput(s, g, r[1]), ConvOracle.BackwardWeight(s, r[0], g)],
        ReductionLength = Math.Max(s.N * s.OutH * s.OutW, Math.Max(s.InChannels, s.OutChannels) * s.KernelH * s.KernelW),
    };

    private static GradientCase Conv2dAdd(Conv2dShape s, bool residual) => new()
    {
        Op = nameof(ConvOps.Conv2dAdd),
        Name = $"{OpCases.ConvCases.Describe(s)}{(residual ? "" : " without residual")}",
        Inputs = [OpCases.ConvCases.XShape(s), OpCases.ConvCases.WeightShape(s), .. residual ? [OpCases.ConvCases.YShape(s)] : (GradientInput[])[]],
        Forward = (_, t) => t[0].Conv2dAdd(t[1], s.StrideH, s.PaddingH, residual ? t[2] : null, moments: residual),
        Reference = r => residual ? ConvOracle.Forward(s, r[0], r[1]) + r[2] : ConvOracle.Forward(s, r[0], r[1]),
        Backward = (r, g) => [ConvOracle.BackwardInput(s, g, r[1]), ConvOracle.BackwardWeight(s, r[0], g), .. residual ? [g] : (RefArray[])[]],
        ReductionLength = Math.Max(s.N * s.OutH * s.OutW, Math.Max(s.InChannels, s.OutChannels) * s.KernelH * s.KernelW),
    };

    private static GradientCase MaxPool(Shape x, int kernel, int? stride, int padding)
    {
        var s = PoolShape(x, kernel, stride, padding);
        return new GradientCase
        {
            Op = nameof(PoolOps.MaxPool2d),
            Name = Describe(x, kernel, stride, padding),
            Inputs = [new(x, (data, shape) => data.Distinct(shape))],
            Forward = (_, t) => t[0].MaxPool2d(kernel, stride, padding),
            Reference = r => PoolOracle.Max(s, r[0]).Y,
            Backward = (r, g) => [PoolOracle.MaxBackward(s, PoolOracle.Max(s, r[0]).Index, g)],
            ReductionLength = kernel * kernel,
        };
    }

    private static GradientCase AveragePool(Shape x, int kernel, int? stride, int padding)
    {
        var s = PoolShape(x, kernel, stride, padding);
        return new GradientCase
        {
            Op = nameof(PoolOps.AveragePool2d),
            Name = Describe(x, kernel, stride, padding),
            Inputs = [x],
            Forward = (_, t) => t[0].AveragePool2d(kernel, stride, padding),
            Reference = r => PoolOracle.Average(s, r[0]),
            Backward = (r, g) => [PoolOracle.AverageBackward(s, g)],
            ReductionLength = kernel * kernel,
        };
    }

    private static GradientCase PadChannels(Shape x, int channels) => new()
    {
        Op = nameof(ChannelOps.PadChannels),
        Name = $"{x} to {channels} channels",
        Inputs = [x],
        Forward = (_, t) => t[0].PadChannels(channels),
        Reference = r => ElementwiseOracle.ResizeChannels(r[0], channels),
        Backward = (_, g) => [ElementwiseOracle.ResizeChannels(g, x[1])],
    };

    private static GradientCase GlobalAveragePool(Shape x)
    {
        Shape y = [x[0], x[1]], kept = [x[0], x[1], 1, 1];
        double scale = 1.0 / (x[2] * x[3]);
        return new GradientCase
        {
            Op = nameof(PoolOps.GlobalAveragePool2d),
            Name = $"{x}",
            Inputs = [x],
            Forward = (_, t) => t[0].GlobalAveragePool2d(),
            Reference = r => (ElementwiseOracle.SumTo(r[0], kept) * scale).Reshape(y),
            Backward = (_, g) => [ElementwiseOracle.Broadcast(g.Reshape(kept), x) * scale],
            ReductionLength = x[2] * x[3],
        };
    }

    private static Pool2dShape PoolShape(Shape x, int kernel, int? stride, int padding) =>
        new(x[0], x[1], x[2], x[3], kernel, kernel, stride ?? kernel, stride ?? kernel, padding, padding);

    private static string Describe(Shape x, int kernel, int? stride, int padding) => $"{x} window {kernel} stride {stride?.ToString() ?? "default"} padding {padding}";
}
