using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Support.GradientCases;

/// <summary>Batch norm through batch statistics and through fixed ones, with and without ReLU.</summary>
public static class NormGradients
{
    private const float Eps = 1e-5f;

    public static IEnumerable<GradientCase> All()
    {
        foreach (Shape shape in (Shape[])[[3, 4, 3, 2], [2, 17, 1, 2], [9, 5]])
        {
            foreach (bool relu in (bool[])[false, true])
            {
                yield return Training(nameof(BatchNormOps.BatchNorm), shape, relu, running: relu);
                yield return Inference(shape, relu);
            }
            yield return Training(nameof(BatchNormOps.BatchNormRelu), shape, relu: true, running: true);
        }
    }

    private static GradientCase Training(string op, Shape shape, bool relu, bool running) => new()
    {
        Op = op,
        Name = $"{shape}{(relu ? " relu" : "")}{(running ? " running" : "")}",
        Inputs = Inputs(shape),
        Prepare = r => KeepOffKink(r, x => NormOracle.Forward(x, r[1], r[2], Eps, relu: false)),
        Forward = (device, t) =>
        {
            var runningMean = running ? Tensor.Zeros([shape[1]], device) : null;
            var runningVar = running ? Tensor.Zeros([shape[1]], device) : null;
            return op == nameof(BatchNormOps.BatchNormRelu)
                ? t[0].BatchNormRelu(t[1], t[2], runningMean, runningVar, eps: Eps)
                : t[0].BatchNorm(t[1], t[2], runningMean, runningVar, eps: Eps, relu: relu);
        },
        Reference = r => NormOracle.Forward(r[0], r[1], r[2], Eps, relu),
        Backward = (r, g) =>
        {
            var (mean, variance) = NormOracle.Statistics(r[0]);
            var gradients = NormOracle.Backward(r[0], g, mean, NormOracle.InvStd(variance, Eps), r[1], r[2], relu);
            return [gradients.GradX, gradients.GradWeight, gradients.GradBias];
        },
        ReductionLength = 4 * shape.Numel / shape[1],
    };

    private static GradientCase Inference(Shape shape, bool relu)
    {
        var data = TestData.For($"statistics of {shape}");
        var (mean, variance) = (data.Normal([shape[1]]), data.Uniform([shape[1]], 0.5, 2));
        var invStd = NormOracle.InvStd(variance, Eps);
        return new GradientCase
        {
            Op = nameof(BatchNormOps.BatchNormInference),
            Name = $"{shape}{(relu ? " relu" : "")}",
            Inputs = Inputs(shape),
            Prepare = r => KeepOffKink(r, x => NormOracle.Apply(x, mean, invStd, r[1], r[2], relu: false)),
            Forward = (device, t) => t[0].BatchNormInference(t[1], t[2], mean.ToTensor(device), variance.ToTensor(device), Eps, relu),
            Reference = r => NormOracle.Apply(r[0], mean, invStd, r[1], r[2], relu),
            Backward = (r, g) =>
            {
                var gradients = NormOracle.InferenceBackward(r[0], g, mean, invStd, r[1], r[2], relu);
                return [gradients.GradX, gradients.GradWeight, gradients.GradBias];
            },
            ReductionLength = 4 * shape.Numel / shape[1],
        };
    }

    private static GradientInput[] Inputs(Shape shape) =>
        [shape, new([shape[1]], (data, s) => data.AwayFromZero(s)), new([shape[1]], (data, s) => data.AwayFromZero(s))];

    /// <summary>Moves x until no result before the ReLU is near zero.</summary>
    private static void KeepOffKink(RefArray[] inputs, Func<RefArray, RefArray> beforeRelu)
    {
        for (int round = 0; round < 100; round++)
        {
            var y = beforeRelu(inputs[0]);
            if (!y.Values.Any(v => Math.Abs(v) < 1e-3)) return;
            for (int i = 0; i < y.Count; i++)
                if (Math.Abs(y.Values[i]) < 1e-2) inputs[0].Values[i] += 0.1;
        }
        throw new InvalidOperationException("no x clear of the kink was found");
    }
}
