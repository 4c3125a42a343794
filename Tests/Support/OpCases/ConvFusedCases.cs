using WrnEngine.Devices;
using WrnEngine.Tests.Support.Oracle;
using static WrnEngine.Tests.Support.OpArgument;

namespace WrnEngine.Tests.Support.OpCases;

/// <summary>Convolutions with their prologues and epilogues in every combination.</summary>
public static class ConvFusedCases
{
    private static readonly Conv2dShape[] Shapes =
    [
        new(1, 1, 1, 1, 1, 3, 3, 1, 1, 1, 1),
        new(3, 17, 5, 7, 3, 3, 3, 1, 1, 1, 1),
        new(2, 16, 8, 8, 32, 3, 3, 2, 2, 1, 1),
        new(2, 16, 8, 8, 32, 1, 1, 2, 2, 0, 0),
        new(1, 3, 13, 11, 17, 3, 2, 3, 1, 2, 1),
        new(3, 32, 9, 9, 160, 1, 1, 1, 1, 0, 0),
        new(3, 24, 17, 15, 40, 3, 3, 1, 1, 1, 1),
        new(3, 40, 17, 14, 35, 3, 3, 2, 2, 1, 1),
    ];

    private static readonly Conv2dShape[] HalfShapes =
    [
        new(2, 16, 8, 8, 32, 3, 3, 2, 2, 1, 1),
        new(3, 24, 17, 15, 40, 3, 3, 1, 1, 1, 1),
        new(3, 32, 9, 9, 160, 1, 1, 1, 1, 0, 0),
        new(3, 17, 5, 7, 3, 3, 3, 1, 1, 0, 0),
    ];

    /// <summary>
    /// Statistics and sums of bfloat16 values are taken of what is stored, or of what it was before, as the device likes: they differ by half a unit of each
    /// value, up and down. This many terms of float32 have that error.
    /// </summary>
    private const long TermsOfHalfPrecision = 1L << 28;

    [Flags]
    private enum Fused
    {
        None = 0,
        Scale = 1,
        Relu = 2,
        Residual = 4,
        Moments = 8,
    }

    private static readonly Fused[] Forwards =
    [
        Fused.Scale, Fused.Relu, Fused.Scale | Fused.Relu, Fused.Residual, Fused.Moments, Fused.Residual | Fused.Moments,
        Fused.Scale | Fused.Relu | Fused.Residual | Fused.Moments,
    ];

    public static IEnumerable<OpCase> All() => [.. For(Shapes), .. For(HalfShapes).Select(Halved)];

    private static OpCase Halved(OpCase c) => c.InBFloat16(ConvCases.Activations) with
    {
        ErrorFactor = 1,
        Arguments = [.. c.InBFloat16(ConvCases.Activations).Arguments.Select(a =>
            a.Name is "mean" or "variance" or "sumGrad" or "sumGradDeviation" ? a with { ReductionLength = TermsOfHalfPrecision } : a)],
    };

    private static OpCase[] For(Conv2dShape[] shapes) =>
    [
        .. shapes.SelectMany(s => Forwards.Select(f => Forward(s, f))),
        .. shapes.SelectMany(s => new[] { BackwardInput(s, true, false), BackwardInput(s, true, true), BackwardInput(s, false, true) }),
        .. shapes.SelectMany(s => new[] { BackwardWeight(s, Fused.Scale | Fused.Relu, false), BackwardWeight(s, Fused.Scale | Fused.Relu, true) }),
        .. shapes.SelectMany(s => new[] { BackwardWeight(s, Fused.Scale, false), BackwardWeight(s, Fused.Relu, true) }),
    ];

    private static OpCase Forward(Conv2dShape s, Fused f)
    {
        bool scale = f.HasFlag(Fused.Scale), residual = f.HasFlag(Fused.Residual), moments = f.HasFlag(Fused.Moments);
        long terms = ConvCases.ForwardTerms(s);
        return new OpCase
        {
            Method = AllCases.Method<IConvOps>(nameof(IConvOps.Conv2dForward)),
            Name = $"{ConvCases.Describe(s)} with {f}",
            Arguments =
            [
                Input("x", ConvCases.XShape(s)), Input("weight", ConvCases.WeightShape(s)), Output("y", ConvCases.YShape(s)),
                .. Affine(s, scale),
                .. residual ? [Input("residual", ConvCases.YShape(s))] : (OpArgument[])[],
                .. moments ? [Output("mean", [s.OutChannels]), Output("variance", [s.OutChannels])] : (OpArgument[])[],
            ],
            Reference = a =>
            {
                var y = ConvOracle.Forward(s, Prologue(a, f), a["weight"]);
                if (residual) y += a["residual"];
                a["y"] = y;
                a.Typical["y"] = Math.Sqrt(terms) + 1;
                if (!moments) return;
                (a["mean"], a["variance"]) = NormOracle.Statistics(y);
                a.Typical["mean"] = a.Typical["y"];
                a.Typical["variance"] = a.Typical["y"] * a.Typical["y"];
            },
            Run = (device, t) => device.Conv.Conv2dForward(
                s, t["x"], t["weight"], t["y"], Prologue(t, f),
                new ConvEpilogue(residual ? t["residual"] : null, moments ? new ChannelMoments(t["mean"], t["variance"]) : null)),
            ReductionLength = terms,
            ErrorFactor = ConvCases.ErrorFactor(s),
            Flops = 2 * s.Macs,
        };
    }

    private static OpCase BackwardInput(Conv2dShape s, bool relu, bool accumulate)
    {
        long terms = ConvCases.BackwardInputTerms(s), inputs = (long)s.N * s.H * s.W;
        return new OpCase
        {
            Method = AllCases.Method<IConvOps>(nameof(IConvOps.Conv2dBackwardInput)),
            Name = $"{ConvCases.Describe(s)} with {(relu ? "mask and " : "")}sums{AllCases.Accumulating(accumulate)}",
            Arguments =
            [
                Input("gradY", ConvCases.YShape(s)), Input("weight", ConvCases.WeightShape(s)), Target("gradX", ConvCases.XShape(s), accumulate),
                Input("x", ConvCases.XShape(s)), Input("mean", [s.InChannels]), .. Affine(s, true), Output("sumGrad", [s.InChannels]), Output("sumGradDeviation", [s.InChannels]),
            ],
            Prepare = KeepOffKink,
            Reference = a =>
            {
                a.Store("gradX", ConvOracle.BackwardInput(s, a["gradY"], a["weight"]), accumulate);
                (a["gradX"], a["sumGrad"], a["sumGradDeviation"]) =
                    ConvOracle.BackwardEpilogue(a["gradX"], a["x"], a["mean"], a["scale"], a["shift"], relu);
                a.Typical["gradX"] = Math.Sqrt(terms) + 1;
                a.Typical["sumGrad"] = a.Typical["sumGradDeviation"] = Math.Sqrt(inputs) * a.Typical["gradX"];
            },
            Run = (device, t) => device.Conv.Conv2dBackwardInput(
                s, t["gradY"], t["weight"], t["gradX"], accumulate,
                new ConvBackwardEpilogue(t["x"], t["mean"], t["scale"], t["shift"], relu, t["sumGrad"], t["sumGradDeviation"])),
            ReductionLength = terms,
            ErrorFactor = ConvCases.ErrorFactor(s),
            Flops = 2 * s.Macs,
        };
    }

    private static OpCase BackwardWeight(Conv2dShape s, Fused f, bool accumulate)
    {
        long terms = ConvCases.BackwardWeightTerms(s);
        return new OpCase
        {
            Method = AllCases.Method<IConvOps>(nameof(IConvOps.Conv2dBackwardWeight)),
            Name = $"{ConvCases.Describe(s)} with {f}{AllCases.Accumulating(accumulate)}",
            Arguments =
            [
                Input("x", ConvCases.XShape(s)), Input("gradY", ConvCases.YShape(s)), Target("gradWeight", ConvCases.WeightShape(s), accumulate),
                .. Affine(s, f.HasFlag(Fused.Scale)),
            ],
            Reference = a =>
            {
                a.Store("gradWeight", ConvOracle.BackwardWeight(s, Prologue(a, f), a["gradY"]), accumulate);
                a.Typical["gradWeight"] = Math.Sqrt(terms) + 1;
            },
            Run = (device, t) => device.Conv.Conv2dBackwardWeight(s, t["x"], t["gradY"], t["gradWeight"], accumulate, Prologue(t, f)),
            ReductionLength = terms,
            ErrorFactor = ConvCases.ErrorFactor(s, backwardWeight: true),
            Flops = 2 * s.Macs,
        };
    }

    private static OpArgument[] Affine(Conv2dShape s, bool present) => present
        ? [Input("scale", [s.InChannels], (data, shape) => data.AwayFromZero(shape)), Input("shift", [s.InChannels], (data, shape) => data.Normal(shape, std: 0.5))]
        : [];

    /// <summary>What the convolution multiplies: rounded to the type of the input, as a tensor between the two ops would be.</summary>
    private static RefArray Prologue(CaseArrays a, Fused f) => a.Rounded("x", f.HasFlag(Fused.Scale)
        ? ConvOracle.Prologue(a["x"], a["scale"], a["shift"], f.HasFlag(Fused.Relu))
        : ConvOracle.Prologue(a["x"], null, null, f.HasFlag(Fused.Relu)));

    private static ConvPrologue Prologue(CaseTensors t, Fused f) => f.HasFlag(Fused.Scale)
        ? new ConvPrologue(t["scale"], t["shift"], f.HasFlag(Fused.Relu))
        : new ConvPrologue(null, null, f.HasFlag(Fused.Relu));

    /// <summary>Moves x where x * scale + shift is so near to zero that rounding could decide the mask.</summary>
    private static void KeepOffKink(CaseArrays a)
    {
        var x = a["x"];
        for (int i = 0; i < x.Count; i++)
        {
            int c = x.ChannelOf(i);
            double v = x.Values[i] * a["scale"].Values[c] + a["shift"].Values[c];
            if (Math.Abs(v) < 0.01) x.Values[i] += 0.05 / a["scale"].Values[c];
        }
    }
}
