using WrnEngine.Devices;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;
using static WrnEngine.Tests.Support.OpArgument;

namespace WrnEngine.Tests.Support.OpCases;

/// <summary>The three passes of a convolution without fusion.</summary>
public static class ConvCases
{
    public static readonly Conv2dShape[] Shapes =
    [
        // One pixel, one channel; kernels larger than the image.
        new(1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0),
        new(1, 1, 1, 1, 1, 3, 3, 1, 1, 1, 1),
        new(3, 17, 1, 1, 3, 1, 1, 1, 1, 0, 0),
        new(1, 3, 2, 2, 17, 5, 5, 1, 1, 2, 2),
        // What wide residual networks use: the stem, 3x3 of both strides, 1x1 shortcuts of both strides.
        new(3, 3, 9, 9, 16, 3, 3, 1, 1, 1, 1),
        new(2, 16, 8, 8, 16, 3, 3, 1, 1, 1, 1),
        new(2, 16, 8, 8, 32, 3, 3, 2, 2, 1, 1),
        new(2, 16, 9, 7, 32, 3, 3, 2, 2, 1, 1),
        new(2, 16, 8, 8, 32, 1, 1, 2, 2, 0, 0),
        new(3, 16, 7, 7, 32, 1, 1, 1, 1, 0, 0),
        new(1, 160, 5, 5, 160, 3, 3, 1, 1, 1, 1),
        new(1, 64, 6, 6, 128, 3, 3, 2, 2, 1, 1),
        new(3, 40, 19, 22, 33, 3, 3, 2, 2, 1, 1),
        new(2, 36, 9, 12, 160, 3, 3, 2, 2, 0, 2),
        new(1, 33, 1, 1, 35, 3, 3, 2, 2, 1, 1),
        // Channel counts off every vector width, odd images, padding 0 to 3, strides 1 to 3.
        new(3, 17, 5, 7, 3, 3, 3, 1, 1, 0, 0),
        new(1, 3, 13, 11, 17, 3, 3, 3, 3, 2, 2),
        new(1, 1, 10, 10, 17, 3, 3, 1, 1, 3, 3),
        new(3, 3, 12, 12, 1, 7, 7, 2, 2, 3, 3),
        new(1, 17, 6, 9, 160, 2, 2, 2, 2, 0, 0),
        new(1, 33, 8, 8, 31, 4, 4, 3, 3, 1, 1),
        // Not square in kernel, stride or padding.
        new(1, 17, 6, 9, 3, 1, 3, 1, 2, 0, 1),
        new(3, 3, 9, 6, 17, 3, 1, 2, 1, 1, 0),
        new(1, 5, 7, 8, 6, 5, 2, 1, 3, 3, 2),
        new(2, 4, 3, 20, 9, 2, 5, 3, 1, 2, 0),
        // Strides that step over whole rows and columns of the input; the last ones unused.
        new(1, 8, 7, 7, 8, 1, 1, 3, 3, 0, 0),
        new(2, 3, 8, 8, 5, 2, 2, 3, 3, 0, 0),
        // Enough rows for several tiles and threads.
        new(4, 24, 17, 19, 40, 3, 3, 1, 1, 1, 1),
        new(5, 3, 33, 31, 16, 3, 3, 1, 1, 1, 1),
    ];

    /// <summary>For bfloat16: channels that tensor cores take, all strides and windows, and channels that they do not.</summary>
    private static readonly Conv2dShape[] HalfShapes =
    [
        new(2, 16, 8, 8, 16, 3, 3, 1, 1, 1, 1),
        new(2, 16, 9, 7, 32, 3, 3, 2, 2, 1, 1),
        new(2, 16, 8, 8, 32, 1, 1, 2, 2, 0, 0),
        new(1, 160, 5, 5, 160, 3, 3, 1, 1, 1, 1),
        new(1, 8, 7, 7, 8, 1, 1, 3, 3, 0, 0),
        new(2, 24, 6, 9, 40, 2, 5, 3, 1, 2, 0),
        new(4, 24, 17, 19, 40, 3, 3, 1, 1, 1, 1),
        new(1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0),
        new(3, 3, 9, 9, 16, 3, 3, 1, 1, 1, 1),
        new(1, 33, 8, 8, 31, 4, 4, 3, 3, 1, 1),
    ];

    /// <summary>Arguments that are bfloat16 in mixed precision; gradients of weights stay float32.</summary>
    internal static readonly string[] Activations = ["x", "weight", "y", "gradX", "gradY", "residual"];

    public static IEnumerable<OpCase> All() =>
        [.. Shapes.SelectMany(Passes), .. HalfShapes.SelectMany(Passes).Select(c => c.InBFloat16(Activations) with { ErrorFactor = 1 })];

    private static OpCase[] Passes(Conv2dShape s) =>
        [Forward(s), BackwardInput(s, false), BackwardInput(s, true), BackwardWeight(s, false), BackwardWeight(s, true)];

    private static OpCase Forward(Conv2dShape s) => new()
    {
        Method = AllCases.Method<IConvOps>(nameof(IConvOps.Conv2dForward)),
        Name = Describe(s),
        Arguments = [Input("x", XShape(s)), Input("weight", WeightShape(s)), Output("y", YShape(s))],
        Reference = a =>
        {
            a["y"] = ConvOracle.Forward(s, a["x"], a["weight"]);
            a.Typical["y"] = Math.Sqrt(ForwardTerms(s));
        },
        Run = (device, t) => device.Conv.Conv2dForward(s, t["x"], t["weight"], t["y"]),
        ReductionLength = ForwardTerms(s),
        ErrorFactor = ErrorFactor(s),
        Flops = 2 * s.Macs,
    };

    private static OpCase BackwardInput(Conv2dShape s, bool accumulate) => new()
    {
        Method = AllCases.Method<IConvOps>(nameof(IConvOps.Conv2dBackwardInput)),
        Name = Describe(s) + AllCases.Accumulating(accumulate),
        Arguments = [Input("gradY", YShape(s)), Input("weight", WeightShape(s)), Target("gradX", XShape(s), accumulate)],
        Reference = a =>
        {
            a.Store("gradX", ConvOracle.BackwardInput(s, a["gradY"], a["weight"]), accumulate);
            a.Typical["gradX"] = Math.Sqrt(BackwardInputTerms(s)) + 1;
        },
        Run = (device, t) => device.Conv.Conv2dBackwardInput(s, t["gradY"], t["weight"], t["gradX"], accumulate),
        ReductionLength = BackwardInputTerms(s),
        ErrorFactor = ErrorFactor(s),
        Flops = 2 * s.Macs,
    };

    private static OpCase BackwardWeight(Conv2dShape s, bool accumulate) => new()
    {
        Method = AllCases.Method<IConvOps>(nameof(IConvOps.Conv2dBackwardWeight)),
        Name = Describe(s) + AllCases.Accumulating(accumulate),
        Arguments = [Input("x", XShape(s)), Input("gradY", YShape(s)), Target("gradWeight", WeightShape(s), accumulate)],
        Reference = a =>
        {
            a.Store("gradWeight", ConvOracle.BackwardWeight(s, a["x"], a["gradY"]), accumulate);
            a.Typical["gradWeight"] = Math.Sqrt(BackwardWeightTerms(s)) + 1;
        },
        Run = (device, t) => device.Conv.Conv2dBackwardWeight(s, t["x"], t["gradY"], t["gradWeight"], accumulate),
        ReductionLength = BackwardWeightTerms(s),
        ErrorFactor = ErrorFactor(s, backwardWeight: true),
        Flops = 2 * s.Macs,
    };

    internal static Shape XShape(in Conv2dShape s) => [s.N, s.InChannels, s.H, s.W];

    internal static Shape WeightShape(in Conv2dShape s) => [s.OutChannels, s.InChannels, s.KernelH, s.KernelW];

    internal static Shape YShape(in Conv2dShape s) => [s.N, s.OutChannels, s.OutH, s.OutW];

    internal static long ForwardTerms(in Conv2dShape s) => (long)s.InChannels * s.KernelH * s.KernelW;

    internal static long BackwardInputTerms(in Conv2dShape s) => (long)s.OutChannels * s.KernelH * s.KernelW;

    internal static long BackwardWeightTerms(in Conv2dShape s) => (long)s.N * s.OutH * s.OutW;

    /// <summary>
    /// Winograd's schemes have about five times the rounding error of direct sums, and more in the weight gradient of a small image, where
    /// the sums are short; the worst of many elements is farther off.
    /// </summary>
    internal static int ErrorFactor(in Conv2dShape s, bool backwardWeight = false) =>
        s is not ({ KernelH: 3, KernelW: 3, StrideH: 1, StrideW: 1 } or { KernelH: 3, KernelW: 3, StrideH: 2, StrideW: 2 }) ? 1 : backwardWeight ? 16 : 8;

    internal static string Describe(in Conv2dShape s) =>
        $"{XShape(s)} * {WeightShape(s)} stride {s.StrideH},{s.StrideW} padding {s.PaddingH},{s.PaddingW}";
}
