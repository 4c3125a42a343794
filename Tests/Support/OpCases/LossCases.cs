using WrnEngine.Devices;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;
using static WrnEngine.Tests.Support.OpArgument;

namespace WrnEngine.Tests.Support.OpCases;

/// <summary>Log-softmax, cross-entropy, argmax and top-k, with one class, ties, and logits that would overflow e^x.</summary>
public static class LossCases
{
    private static readonly (int Samples, int Classes)[] Sizes = [(1, 1), (1, 10), (3, 17), (5, 100), (130, 10), (64, 1000)];

    public static IEnumerable<OpCase> All()
    {
        foreach (var (n, classes) in Sizes)
        {
            yield return LogSoftmax(n, classes, 1);
            yield return LogSoftmax(n, classes, 200);
            foreach (bool accumulate in (bool[])[false, true])
            {
                yield return LogSoftmaxBackward(n, classes, accumulate);
                yield return CrossEntropyBackward(n, classes, 0.1f, 1, accumulate);
                yield return CrossEntropyBackward(n, classes, 0, -0.75f, accumulate);
            }
            foreach (float smoothing in (float[])[0, 0.1f, 1])
                yield return CrossEntropy(n, classes, smoothing, 1);
            yield return CrossEntropy(n, classes, 0, 200);
            foreach (bool ties in (bool[])[false, true])
            {
                yield return ArgMax(n, classes, ties);
                foreach (int k in (int[])[1, 5])
                    if (k <= classes) yield return TopKCount(n, classes, k, ties, nan: false);
            }
        }
        yield return TopKCount(130, 10, 10, ties: false, nan: false);
        yield return TopKCount(130, 10, 3, ties: false, nan: true);
    }

    private static OpCase LogSoftmax(int n, int classes, double std) => new()
    {
        Method = AllCases.Method<ILossOps>(nameof(ILossOps.LogSoftmax)),
        Name = $"[{n}, {classes}] std {std}",
        Arguments = [Input("x", [n, classes], (data, s) => data.Normal(s, std: std)), Output("y", [n, classes])],
        Reference = a =>
        {
            a["y"] = LossOracle.LogSoftmax(a["x"]);
            a.Typical["y"] = std;
        },
        Run = (device, t) => device.Loss.LogSoftmax(t["x"], t["y"]),
        ReductionLength = classes,
        Flops = 4L * n * classes,
    };

    private static OpCase LogSoftmaxBackward(int n, int classes, bool accumulate) => new()
    {
        Method = AllCases.Method<ILossOps>(nameof(ILossOps.LogSoftmaxBackward)),
        Name = $"[{n}, {classes}]{AllCases.Accumulating(accumulate)}",
        Arguments = [Input("y", [n, classes]), Input("gradY", [n, classes]), Target("gradX", [n, classes], accumulate)],
        Prepare = a => a["y"] = LossOracle.LogSoftmax(a["y"]).Rounded(),
        Reference = a =>
        {
            a.Store("gradX", LossOracle.LogSoftmaxBackward(a["y"], a["gradY"]), accumulate);
            a.Typical["gradX"] = 1;
        },
        Run = (device, t) => device.Loss.LogSoftmaxBackward(t["y"], t["gradY"], t["gradX"], accumulate),
        ReductionLength = classes,
        Flops = 4L * n * classes,
    };

    private static OpCase CrossEntropy(int n, int classes, float smoothing, double std) => new()
    {
        Method = AllCases.Method<ILossOps>(nameof(ILossOps.SoftmaxCrossEntropy)),
        Name = $"[{n}, {classes}] smoothing {smoothing} std {std}",
        Arguments =
        [
            Input("logits", [n, classes], (data, s) => data.Normal(s, std: std)), Integers("labels", [n], classes),
            Output("logProbs", [n, classes]), Output("loss", []) with { ReductionLength = (long)n * classes },
        ],
        Reference = a =>
        {
            a["logProbs"] = LossOracle.LogSoftmax(a["logits"]);
            a["loss"] = RefArray.Scalar(LossOracle.CrossEntropy(a["logits"], a["labels"], smoothing));
            a.Typical["logProbs"] = a.Typical["loss"] = std;
        },
        Run = (device, t) => device.Loss.SoftmaxCrossEntropy(t["logits"], t["labels"], smoothing, t["logProbs"], t["loss"]),
        ReductionLength = classes,
        Flops = 6L * n * classes,
    };

    private static OpCase CrossEntropyBackward(int n, int classes, float smoothing, float gradLoss, bool accumulate) => new()
    {
        Method = AllCases.Method<ILossOps>(nameof(ILossOps.SoftmaxCrossEntropyBackward)),
        Name = $"[{n}, {classes}] smoothing {smoothing} times {gradLoss}{AllCases.Accumulating(accumulate)}",
        Arguments =
        [
            Input("logProbs", [n, classes]), Integers("labels", [n], classes), Input("gradLoss", [], (_, _) => RefArray.Scalar(gradLoss)),
            Target("gradLogits", [n, classes], accumulate),
        ],
        Prepare = a => a["logProbs"] = LossOracle.LogSoftmax(a["logProbs"]).Rounded(),
        Reference = a =>
        {
            a.Store("gradLogits", LossOracle.CrossEntropyBackward(a["logProbs"], a["labels"], smoothing, gradLoss), accumulate);
            a.Typical["gradLogits"] = 1.0 / n + (accumulate ? 1 : 0);
        },
        Run = (device, t) => device.Loss.SoftmaxCrossEntropyBackward(
            t["logProbs"], t["labels"], smoothing, t["gradLoss"], t["gradLogits"], accumulate),
        Flops = 4L * n * classes,
    };

    private static OpCase ArgMax(int n, int classes, bool ties) => new()
    {
        Method = AllCases.Method<ILossOps>(nameof(ILossOps.ArgMax)),
        Name = $"[{n}, {classes}]{(ties ? " ties" : "")}",
        Arguments = [Logits("x", n, classes, ties), Output("index", [n], DType.Int32)],
        Reference = a => a["index"] = LossOracle.ArgMax(a["x"]),
        Run = (device, t) => device.Loss.ArgMax(t["x"], t["index"]),
        Flops = (long)n * classes,
    };

    private static OpCase TopKCount(int n, int classes, int k, bool ties, bool nan) => new()
    {
        Method = AllCases.Method<ILossOps>(nameof(ILossOps.TopKCount)),
        Name = $"[{n}, {classes}] k {k}{(ties ? " ties" : "")}{(nan ? " nan" : "")}",
        Arguments = [Logits("logits", n, classes, ties), Integers("labels", [n], classes), Output("count", [], DType.Int32)],
        Prepare = a =>
        {
            for (int row = 0; nan && row < n; row += 3) a["logits"][row, row % classes] = double.NaN;
        },
        Reference = a => a["count"] = RefArray.Scalar(LossOracle.TopKCount(a["logits"], a["labels"], k)),
        Run = (device, t) => device.Loss.TopKCount(t["logits"], t["labels"], k, t["count"]),
        Flops = (long)n * classes,
    };

    private static OpArgument Logits(string name, int n, int classes, bool ties) =>
        Input(name, [n, classes], (data, s) => ties ? data.Integers(s, 4) : data.Distinct(s));
}
