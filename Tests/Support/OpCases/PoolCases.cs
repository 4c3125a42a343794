using WrnEngine.Devices;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;
using static WrnEngine.Tests.Support.OpArgument;

namespace WrnEngine.Tests.Support.OpCases;

/// <summary>Maximum and average pooling, forward and backward; windows that overlap, leave gaps, and reach into the padding.</summary>
public static class PoolCases
{
    private static readonly Pool2dShape[] Shapes =
    [
        new(1, 1, 1, 1, 1, 1, 1, 1, 0, 0),
        new(1, 3, 1, 1, 3, 3, 1, 1, 1, 1),
        new(3, 17, 6, 8, 2, 2, 2, 2, 0, 0),
        new(3, 17, 5, 7, 3, 3, 2, 2, 1, 1),
        new(1, 160, 7, 5, 3, 2, 1, 3, 1, 0),
        new(2, 33, 9, 9, 2, 4, 3, 1, 0, 2),
        new(1, 16, 12, 10, 7, 7, 2, 2, 3, 3),
        new(3, 64, 8, 8, 8, 8, 1, 1, 0, 0),
        new(5, 40, 15, 17, 3, 3, 1, 1, 1, 1),
    ];

    public static IEnumerable<OpCase> All() =>
    [
        .. Shapes.Select(s => Max(s, ties: false)),
        .. Shapes.Select(s => Max(s, ties: true)),
        .. Shapes.SelectMany(s => new[] { MaxBackward(s, false), MaxBackward(s, true) }),
        .. Shapes.Select(Average),
        .. Shapes.SelectMany(s => new[] { AverageBackward(s, false), AverageBackward(s, true) }),
        .. Mixed().Select(c => c.InBFloat16("x", "y", "gradY", "gradX")),
    ];

    /// <summary>In bfloat16 each kernel with channels in vectors and not, windows that overlap and the whole image.</summary>
    private static IEnumerable<OpCase> Mixed()
    {
        foreach (int i in (int[])[0, 3, 6, 7, 8])
        {
            var s = Shapes[i];
            yield return Max(s, ties: true);
            yield return MaxBackward(s, accumulate: i % 2 == 0);
            yield return Average(s);
            yield return AverageBackward(s, accumulate: i % 2 == 1);
        }
    }

    private static OpCase Max(Pool2dShape s, bool ties) => new()
    {
        Method = AllCases.Method<IPoolOps>(nameof(IPoolOps.MaxPool2d)),
        Name = Describe(s) + (ties ? " ties" : ""),
        // Negative throughout where unique: a padding that counted as zero would win.
        Arguments =
        [
            Input("x", XShape(s), (data, shape) => ties ? data.Integers(shape, 3) : data.Distinct(shape).Map(v => v - 10_000)),
            Output("y", YShape(s)), Output("index", YShape(s), DType.Int32),
        ],
        Reference = a => (a["y"], a["index"]) = PoolOracle.Max(s, a["x"]),
        Run = (device, t) => device.Pool.MaxPool2d(s, t["x"], t["y"], t["index"]),
        Flops = YShape(s).Numel * s.KernelH * s.KernelW,
    };

    private static OpCase MaxBackward(Pool2dShape s, bool accumulate) => new()
    {
        Method = AllCases.Method<IPoolOps>(nameof(IPoolOps.MaxPool2dBackward)),
        Name = Describe(s) + AllCases.Accumulating(accumulate),
        Arguments = [Integers("index", YShape(s), 1), Input("gradY", YShape(s)), Target("gradX", XShape(s), accumulate)],
        Prepare = a => a["index"] = PoolOracle.Max(s, TestData.For(Describe(s)).Distinct(XShape(s))).Index,
        Reference = a =>
        {
            a.Store("gradX", PoolOracle.MaxBackward(s, a["index"], a["gradY"]), accumulate);
            a.Typical["gradX"] = 1;
        },
        Run = (device, t) => device.Pool.MaxPool2dBackward(s, t["index"], t["gradY"], t["gradX"], accumulate),
        ReductionLength = (long)s.KernelH * s.KernelW,
        Flops = YShape(s).Numel,
    };

    private static OpCase Average(Pool2dShape s) => new()
    {
        Method = AllCases.Method<IPoolOps>(nameof(IPoolOps.AveragePool2d)),
        Name = Describe(s),
        Arguments = [Input("x", XShape(s)), Output("y", YShape(s))],
        Reference = a =>
        {
            a["y"] = PoolOracle.Average(s, a["x"]);
            a.Typical["y"] = 1;
        },
        Run = (device, t) => device.Pool.AveragePool2d(s, t["x"], t["y"]),
        ReductionLength = (long)s.KernelH * s.KernelW,
        Flops = YShape(s).Numel * s.KernelH * s.KernelW,
    };

    private static OpCase AverageBackward(Pool2dShape s, bool accumulate) => new()
    {
        Method = AllCases.Method<IPoolOps>(nameof(IPoolOps.AveragePool2dBackward)),
        Name = Describe(s) + AllCases.Accumulating(accumulate),
        Arguments = [Input("gradY", YShape(s)), Target("gradX", XShape(s), accumulate)],
        Reference = a =>
        {
            a.Store("gradX", PoolOracle.AverageBackward(s, a["gradY"]), accumulate);
            a.Typical["gradX"] = 1;
        },
        Run = (device, t) => device.Pool.AveragePool2dBackward(s, t["gradY"], t["gradX"], accumulate),
        ReductionLength = (long)s.KernelH * s.KernelW,
        Flops = YShape(s).Numel * s.KernelH * s.KernelW,
    };

    private static Shape XShape(in Pool2dShape s) => [s.N, s.Channels, s.H, s.W];

    private static Shape YShape(in Pool2dShape s) => [s.N, s.Channels, s.OutH, s.OutW];

    private static string Describe(in Pool2dShape s) =>
        $"{XShape(s)} window {s.KernelH},{s.KernelW} stride {s.StrideH},{s.StrideW} padding {s.PaddingH},{s.PaddingW}";
}
