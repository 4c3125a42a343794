using WrnEngine.Devices;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;
using static WrnEngine.Tests.Support.OpArgument;

namespace WrnEngine.Tests.Support.OpCases;

/// <summary>Batch norm: statistics, application, evaluation mode and the two backward passes, with and without ReLU.</summary>
public static class NormCases
{
    private const float Eps = 1e-5f;
    private const float Momentum = 0.1f;

    private static readonly Shape[] Shapes =
    [
        [3, 1, 1, 1], [2, 3, 1, 1], [3, 17, 5, 7], [1, 160, 3, 3], [3, 16, 8, 8], [2, 33, 9, 2], [5, 64, 16, 15], [9, 17], [33, 160], [5, 70], [3, 264, 2, 1],
    ];

    public static IEnumerable<OpCase> All()
    {
        foreach (var shape in Shapes)
        {
            yield return Statistics(shape, 0, true);
            yield return Statistics(shape, 0, false);
            foreach (bool relu in (bool[])[false, true])
            {
                yield return Apply(shape, relu, inPlace: false);
                yield return Inference(shape, relu, inPlace: false);
                foreach (bool training in (bool[])[true, false])
                {
                    yield return Backward(shape, relu, training, "x weight bias", accumulate: false);
                    yield return Backward(shape, relu, training, "x weight bias", accumulate: true);
                }
                yield return ScaleShift(shape, relu, inPlace: false);
                yield return Training(shape, relu, running: relu);
            }
            yield return FromMoments(shape, running: true);
            yield return BackwardReduced(shape, "x weight bias", accumulate: false);
            yield return BackwardReduced(shape, "x weight bias", accumulate: true);
        }
        foreach (int channels in (int[])[1, 17, 160])
        {
            yield return Affine(channels, inference: false);
            yield return Affine(channels, inference: true);
        }
        yield return FromMoments([3, 17, 5, 7], running: false);
        yield return ScaleShift([3, 17, 5, 7], relu: true, inPlace: true);
        foreach (string targets in (string[])["x", "weight bias", "bias"]) yield return BackwardReduced([3, 17, 5, 7], targets, accumulate: false);
        // A mean a hundred times the deviation: a variance computed as E[x^2] - mean^2 in float32 would be noise.
        yield return Statistics([3, 17, 5, 7], 100, true);
        yield return Statistics([5, 64, 16, 15], -100, true);
        yield return Statistics([1, 3, 1, 1], 0, false);
        // Enough rows for many partial sums, the last of them over fewer rows.
        Shape many = [2, 160, 25, 19];
        yield return Statistics(many, 1, true);
        yield return Backward(many, true, true, "x weight bias", accumulate: false);
        Shape one = [3, 17, 5, 7];
        yield return Apply(one, true, inPlace: true);
        yield return Inference(one, false, inPlace: true);
        foreach (bool training in (bool[])[true, false])
            foreach (string targets in (string[])["x", "weight bias", "weight", "bias", "x bias"])
                yield return Backward(one, true, training, targets, accumulate: targets == "x bias");
        foreach (var c in Mixed()) yield return c.InBFloat16("x", "y", "gradY", "gradX");
    }

    /// <summary>Each kernel in bfloat16: channels in vectors and not, one pixel, tails of rows, many blocks, a tile of the channels.</summary>
    private static IEnumerable<OpCase> Mixed()
    {
        foreach (var shape in (Shape[])[[2, 3, 1, 1], [3, 17, 5, 7], [3, 16, 8, 8], [5, 64, 16, 15], [5, 70], [3, 520, 2, 1]])
        {
            bool relu = shape[1] % 2 == 0;
            yield return Statistics(shape, 0, running: relu);
            yield return Apply(shape, relu, inPlace: false);
            yield return Backward(shape, relu, training: true, "x weight bias", accumulate: false);
            yield return Backward(shape, !relu, training: true, "x weight bias", accumulate: true);
            yield return BackwardReduced(shape, "x weight bias", accumulate: relu);
        }
        Shape odd = [3, 17, 5, 7], even = [3, 24, 5, 7], many = [2, 160, 25, 19];
        yield return Statistics([5, 64, 16, 15], -100, running: true);
        yield return Statistics(many, 1, running: true);
        yield return Backward(many, true, training: true, "x weight bias", accumulate: false);
        foreach (var shape in (Shape[])[odd, even])
        {
            yield return Apply(shape, true, inPlace: true);
            yield return Inference(shape, true, inPlace: false);
            yield return ScaleShift(shape, true, inPlace: false);
            yield return Backward(shape, true, training: false, "x weight bias", accumulate: true);
            yield return Backward(shape, false, training: false, "x", accumulate: false);
        }
    }

    private static OpCase Statistics(Shape shape, double mean, bool running)
    {
        int channels = shape[1], count = (int)(shape.Numel / channels);
        Shape c = [channels];
        return new OpCase
        {
            Method = AllCases.Method<INormOps>(nameof(INormOps.BatchNormStatistics)),
            Name = $"{shape} mean {mean}{(running ? " running" : "")}",
            Arguments =
            [
                Input("x", shape, (data, s) => data.Normal(s, mean)), Output("saveMean", c), Output("saveInvStd", c),
                .. running ? [InOut("runningMean", c), InOut("runningVar", c, (data, s) => data.Uniform(s, 0.5, 2))] : (OpArgument[])[],
            ],
            Reference = a =>
            {
                var (batchMean, variance) = NormOracle.Statistics(a["x"]);
                a["saveMean"] = batchMean;
                a["saveInvStd"] = NormOracle.InvStd(variance, Eps);
                a.Typical["saveMean"] = 1 + Math.Abs(mean);
                if (!running) return;
                (a["runningMean"], a["runningVar"]) =
                    NormOracle.UpdateRunning(a["runningMean"], a["runningVar"], batchMean, variance, count, Momentum);
                a.Typical["runningMean"] = 1 + Math.Abs(mean);
            },
            Run = (device, t) => device.Norm.BatchNormStatistics(
                t["x"], t["saveMean"], t["saveInvStd"], running ? t["runningMean"] : null, running ? t["runningVar"] : null, Momentum, Eps),
            ReductionLength = count,
            Flops = 4 * shape.Numel,
        };
    }

    private static OpCase Training(Shape shape, bool relu, bool running)
    {
        int channels = shape[1], count = (int)(shape.Numel / channels);
        Shape c = [channels];
        return new OpCase
        {
            Method = AllCases.Method<INormOps>(nameof(INormOps.BatchNormTraining)),
            Name = $"{shape}{(relu ? " relu" : "")}{(running ? " running" : "")}",
            Arguments =
            [
                Input("x", shape), Input("weight", c, (data, s) => data.AwayFromZero(s)), Input("bias", c, (data, s) => data.AwayFromZero(s)),
                Output("saveMean", c), Output("saveInvStd", c),
                .. running ? [InOut("runningMean", c), InOut("runningVar", c, (data, s) => data.Uniform(s, 0.5, 2))] : (OpArgument[])[],
                Output("y", shape),
            ],
            Reference = a =>
            {
                var (mean, variance) = NormOracle.Statistics(a["x"]);
                (a["saveMean"], a["saveInvStd"]) = (mean, NormOracle.InvStd(variance, Eps));
                a.Typical["saveMean"] = a.Typical["runningMean"] = 1;
                if (running) (a["runningMean"], a["runningVar"]) = NormOracle.UpdateRunning(a["runningMean"], a["runningVar"], mean, variance, count, Momentum);
                a["y"] = NormOracle.Apply(a["x"], mean, a["saveInvStd"], a["weight"], a["bias"], relu);
                // Of two values that are nearly equal the deviation is small, and what their mean is off by is multiplied by its inverse.
                a.Typical["y"] = 4 * Math.Max(1, a["saveInvStd"].Values.Max());
            },
            Run = (device, t) => device.Norm.BatchNormTraining(
                t["x"], t["weight"], t["bias"], t["saveMean"], t["saveInvStd"], running ? t["runningMean"] : null, running ? t["runningVar"] : null, Momentum, Eps, relu,
                t["y"]),
            ReductionLength = count,
            Flops = 8 * shape.Numel,
        };
    }

    private static OpCase FromMoments(Shape shape, bool running)
    {
        int count = (int)(shape.Numel / shape[1]);
        Shape c = [shape[1]];
        return new OpCase
        {
            Method = AllCases.Method<INormOps>(nameof(INormOps.BatchNormStatisticsFromMoments)),
            Name = $"{shape}{(running ? " running" : "")}",
            Arguments =
            [
                Input("mean", c), Input("variance", c, (data, s) => data.Uniform(s, 0.5, 2)), Output("saveInvStd", c),
                .. running ? [InOut("runningMean", c), InOut("runningVar", c, (data, s) => data.Uniform(s, 0.5, 2))] : (OpArgument[])[],
            ],
            Reference = a =>
            {
                a["saveInvStd"] = NormOracle.InvStd(a["variance"], Eps);
                if (!running) return;
                (a["runningMean"], a["runningVar"]) =
                    NormOracle.UpdateRunning(a["runningMean"], a["runningVar"], a["mean"], a["variance"], count, Momentum);
            },
            Run = (device, t) => device.Norm.BatchNormStatisticsFromMoments(
                new ChannelMoments(t["mean"], t["variance"]), count, t["saveInvStd"], running ? t["runningMean"] : null, running ? t["runningVar"] : null,
                Momentum, Eps),
            Flops = 8 * shape[1],
        };
    }

    private static OpCase Affine(int channels, bool inference)
    {
        Shape c = [channels];
        return new OpCase
        {
            Method = AllCases.Method<INormOps>(inference ? nameof(INormOps.BatchNormInferenceAffine) : nameof(INormOps.BatchNormAffine)),
            Name = $"{c}",
            Arguments = [.. Parameters([1, channels], inference ? "variance" : "invStd"), Output("scale", c), Output("shift", c)],
            Reference = a =>
            {
                var invStd = inference ? NormOracle.InvStd(a["variance"], Eps) : a["invStd"];
                (a["scale"], a["shift"]) = (new RefArray(c), new RefArray(c));
                for (int i = 0; i < channels; i++)
                {
                    a["scale"].Values[i] = invStd.Values[i] * a["weight"].Values[i];
                    a["shift"].Values[i] = a["bias"].Values[i] - a["mean"].Values[i] * a["scale"].Values[i];
                }
                a.Typical["shift"] = 4;
            },
            Run = (device, t) =>
            {
                if (inference) device.Norm.BatchNormInferenceAffine(t["mean"], t["variance"], t["weight"], t["bias"], Eps, t["scale"], t["shift"]);
                else device.Norm.BatchNormAffine(t["mean"], t["invStd"], t["weight"], t["bias"], t["scale"], t["shift"]);
            },
            Flops = 3 * channels,
        };
    }

    private static OpCase ScaleShift(Shape shape, bool relu, bool inPlace) => new()
    {
        Method = AllCases.Method<INormOps>(nameof(INormOps.ScaleShift)),
        Name = $"{shape}{(relu ? " relu" : "")}{(inPlace ? " in place" : "")}",
        Arguments = [.. XandY(shape, inPlace), Input("scale", [shape[1]]), Input("shift", [shape[1]])],
        Reference = a =>
        {
            a[inPlace ? "x" : "y"] = ConvOracle.Prologue(a["x"], a["scale"], a["shift"], relu);
            a.Typical[inPlace ? "x" : "y"] = 3;
        },
        Run = (device, t) => device.Norm.ScaleShift(t["x"], t["scale"], t["shift"], relu, t[inPlace ? "x" : "y"]),
        Flops = 2 * shape.Numel,
    };

    /// <param name="targets">Which of the gradients of x, weight and bias are asked for.</param>
    private static OpCase BackwardReduced(Shape shape, string targets, bool accumulate)
    {
        Shape c = [shape[1]];
        string[] wanted = targets.Split(' ');
        bool gradX = wanted.Contains("x"), gradWeight = wanted.Contains("weight"), gradBias = wanted.Contains("bias");
        return new OpCase
        {
            Method = AllCases.Method<INormOps>(nameof(INormOps.BatchNormBackwardReduced)),
            Name = $"{shape} for {targets}{AllCases.Accumulating(accumulate)}",
            Arguments =
            [
                Input("x", shape), Input("gradY", shape), .. Parameters(shape, "invStd"), Input("sumGrad", c), Input("sumGradDeviation", c),
                .. gradX ? [Target("gradX", shape, accumulate)] : (OpArgument[])[],
                .. gradWeight ? [Target("gradWeight", c, accumulate)] : (OpArgument[])[],
                .. gradBias ? [Target("gradBias", c, accumulate)] : (OpArgument[])[],
            ],
            Prepare = a =>
            {
                PrepareBackward(a, training: true);
                var ones = new RefArray(c).Map(_ => 1);
                (_, a["sumGrad"], a["sumGradDeviation"]) = ConvOracle.BackwardEpilogue(a["gradY"], a["x"], a["mean"], ones, ones, relu: false);
            },
            Reference = a =>
            {
                var gradients = NormOracle.Backward(a["x"], a["gradY"], a["mean"], a["invStd"], a["weight"], a["bias"], relu: false);
                if (gradX) a.Store("gradX", gradients.GradX, accumulate);
                if (gradWeight) a.Store("gradWeight", gradients.GradWeight, accumulate);
                if (gradBias) a.Store("gradBias", gradients.GradBias, accumulate);
                a.Typical["gradX"] = 2 * a["invStd"].Values.Max() + 1;
                a.Typical["gradWeight"] = a.Typical["gradBias"] = 2 * Math.Sqrt(shape.Numel / shape[1]) + 1;
            },
            Run = (device, t) => device.Norm.BatchNormBackwardReduced(
                t["x"], t["gradY"], t["mean"], t["invStd"], t["weight"], t["sumGrad"], t["sumGradDeviation"],
                gradX ? t["gradX"] : null, accumulate, gradWeight ? t["gradWeight"] : null, accumulate, gradBias ? t["gradBias"] : null, accumulate),
            ReductionLength = shape.Numel / shape[1],
            Flops = 6 * shape.Numel,
        };
    }

    private static OpCase Apply(Shape shape, bool relu, bool inPlace) => new()
    {
        Method = AllCases.Method<INormOps>(nameof(INormOps.BatchNormApply)),
        Name = $"{shape}{(relu ? " relu" : "")}{(inPlace ? " in place" : "")}",
        Arguments = [.. XandY(shape, inPlace), .. Parameters(shape, "invStd")],
        Reference = a =>
        {
            a[inPlace ? "x" : "y"] = NormOracle.Apply(a["x"], a["mean"], a["invStd"], a["weight"], a["bias"], relu);
            a.Typical[inPlace ? "x" : "y"] = 4;
        },
        Run = (device, t) => device.Norm.BatchNormApply(
            t["x"], t["mean"], t["invStd"], t["weight"], t["bias"], relu, t[inPlace ? "x" : "y"]),
        Flops = 4 * shape.Numel,
    };

    private static OpCase Inference(Shape shape, bool relu, bool inPlace) => new()
    {
        Method = AllCases.Method<INormOps>(nameof(INormOps.BatchNormInference)),
        Name = $"{shape}{(relu ? " relu" : "")}{(inPlace ? " in place" : "")}",
        Arguments = [.. XandY(shape, inPlace), .. Parameters(shape, "variance")],
        Reference = a =>
        {
            a[inPlace ? "x" : "y"] = NormOracle.Apply(a["x"], a["mean"], NormOracle.InvStd(a["variance"], Eps), a["weight"], a["bias"], relu);
            a.Typical[inPlace ? "x" : "y"] = 4;
        },
        Run = (device, t) => device.Norm.BatchNormInference(
            t["x"], t["mean"], t["variance"], t["weight"], t["bias"], Eps, relu, t[inPlace ? "x" : "y"]),
        Flops = 4 * shape.Numel,
    };

    /// <param name="targets">Which of the gradients of x, weight and bias are asked for.</param>
    private static OpCase Backward(Shape shape, bool relu, bool training, string targets, bool accumulate)
    {
        int channels = shape[1];
        Shape c = [channels];
        string[] wanted = targets.Split(' ');
        bool gradX = wanted.Contains("x"), gradWeight = wanted.Contains("weight"), gradBias = wanted.Contains("bias");
        string spread = training ? "invStd" : "variance";
        return new OpCase
        {
            Method = AllCases.Method<INormOps>(training ? nameof(INormOps.BatchNormBackward) : nameof(INormOps.BatchNormInferenceBackward)),
            Name = $"{shape}{(relu ? " relu" : "")} for {targets}{AllCases.Accumulating(accumulate)}",
            Arguments =
            [
                Input("x", shape), Input("gradY", shape), .. Parameters(shape, spread),
                .. gradX ? [Target("gradX", shape, accumulate)] : (OpArgument[])[],
                .. gradWeight ? [Target("gradWeight", c, accumulate)] : (OpArgument[])[],
                .. gradBias ? [Target("gradBias", c, accumulate)] : (OpArgument[])[],
            ],
            Prepare = a => PrepareBackward(a, training),
            Reference = a =>
            {
                var invStd = training ? a["invStd"] : NormOracle.InvStd(a["variance"], Eps);
                var gradients = training
                    ? NormOracle.Backward(a["x"], a["gradY"], a["mean"], invStd, a["weight"], a["bias"], relu)
                    : NormOracle.InferenceBackward(a["x"], a["gradY"], a["mean"], invStd, a["weight"], a["bias"], relu);
                if (gradX) a.Store("gradX", gradients.GradX, accumulate);
                if (gradWeight) a.Store("gradWeight", gradients.GradWeight, accumulate);
                if (gradBias) a.Store("gradBias", gradients.GradBias, accumulate);
                // Of few values per channel the three terms of gradX nearly cancel: the error is relative to the first of them.
                a.Typical["gradX"] = 2 * invStd.Values.Max() + 1;
                a.Typical["gradWeight"] = a.Typical["gradBias"] = 2 * Math.Sqrt(shape.Numel / channels) + 1;
            },
            Run = (device, t) =>
            {
                var (x, weight, bias) = (gradX ? t["gradX"] : null, gradWeight ? t["gradWeight"] : null, gradBias ? t["gradBias"] : null);
                if (training)
                {
                    device.Norm.BatchNormBackward(
                        t["x"], t["gradY"], t["mean"], t["invStd"], t["weight"], t["bias"], relu, x, accumulate, weight, accumulate, bias, accumulate);
                    return;
                }
                device.Norm.BatchNormInferenceBackward(
                    t["x"], t["gradY"], t["mean"], t["variance"], t["weight"], t["bias"], Eps, relu, x, accumulate, weight, accumulate, bias, accumulate);
            },
            ReductionLength = shape.Numel / channels,
            Flops = 10 * shape.Numel,
        };
    }

    /// <summary>The statistics that belong to x, and an x whose normalised values are all clear of ReLU's kink.</summary>
    private static void PrepareBackward(CaseArrays a, bool training)
    {
        for (int round = 0; ; round++)
        {
            var (mean, variance) = NormOracle.Statistics(a["x"]);
            var invStd = NormOracle.InvStd(variance, Eps);
            a["mean"] = mean.Rounded();
            if (training) a["invStd"] = invStd.Rounded();
            else a["variance"] = variance.Rounded();
            var y = NormOracle.Apply(a["x"], a["mean"], invStd, a["weight"], a["bias"], relu: false);
            if (!y.Values.Any(v => Math.Abs(v) < 1e-4)) return;
            if (round == 100) throw new InvalidOperationException("no x clear of the kink was found");
            // By a step that the stored type has.
            for (int i = 0; i < y.Count; i++)
                if (Math.Abs(y.Values[i]) < 1e-3) a["x"].Values[i] += Math.Max(0.01, Math.Abs(a["x"].Values[i]) / 64);
            a["x"] = a.Rounded("x", a["x"]);
        }
    }

    private static OpArgument[] XandY(Shape shape, bool inPlace) => inPlace ? [InOut("x", shape)] : [Input("x", shape), Output("y", shape)];

    private static OpArgument[] Parameters(Shape shape, string spread)
    {
        Shape c = [shape[1]];
        return
        [
            Input("mean", c), Input(spread, c, (data, s) => data.Uniform(s, 0.5, 2)),
            Input("weight", c, (data, s) => data.AwayFromZero(s)), Input("bias", c, (data, s) => data.AwayFromZero(s)),
        ];
    }
}
