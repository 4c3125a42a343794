using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Support.GradientCases;

/// <summary>Log-softmax and the classification loss.</summary>
public static class LossGradients
{
    private static readonly (int Samples, int Classes)[] Sizes = [(1, 2), (5, 10), (3, 17)];

    public static IEnumerable<GradientCase> All() => Sizes.SelectMany(s => new[]
    {
        LogSoftmax(s.Samples, s.Classes), CrossEntropy(s.Samples, s.Classes, 0), CrossEntropy(s.Samples, s.Classes, 0.1f), CrossEntropy(s.Samples, s.Classes, 1),
    });

    private static GradientCase LogSoftmax(int n, int classes) => new()
    {
        Op = nameof(LossOps.LogSoftmax),
        Name = $"[{n}, {classes}]",
        Inputs = [new([n, classes])],
        Forward = (_, t) => t[0].LogSoftmax(),
        Reference = r => LossOracle.LogSoftmax(r[0]),
        Backward = (r, g) => [LossOracle.LogSoftmaxBackward(LossOracle.LogSoftmax(r[0]), g)],
        ReductionLength = 4 * classes,
    };

    private static GradientCase CrossEntropy(int n, int classes, float smoothing)
    {
        var labels = TestData.For($"labels {n} {classes}").Integers([n], classes);
        return new GradientCase
        {
            Op = nameof(LossOps.SoftmaxCrossEntropy),
            Name = $"[{n}, {classes}] smoothing {smoothing}",
            Inputs = [new([n, classes])],
            Forward = (device, t) => t[0].SoftmaxCrossEntropy(labels.ToTensor(device, DType.Int32), smoothing),
            Reference = r => RefArray.Scalar(LossOracle.CrossEntropy(r[0], labels, smoothing)),
            Backward = (r, g) => [LossOracle.CrossEntropyBackward(LossOracle.LogSoftmax(r[0]), labels, smoothing, g.Values[0])],
            ReductionLength = 4 * classes,
        };
    }
}
