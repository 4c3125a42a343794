using WrnEngine.Devices;
using WrnEngine.Nn;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Models;

/// <summary>
/// A Wide ResNet in double precision, written from the paper's table 1 and figure 1 with the oracle's naive ops. It reads its weights by
/// name, and has a projection where there is a weight for one.
/// </summary>
internal sealed class WideResNetOracle
{
    private const double Eps = 1e-5;
    private const double Momentum = 0.1;

    public WideResNetOracle(Module module) =>
        Weights = module.NamedParameters().Concat(module.NamedBuffers()).ToDictionary(t => t.Name, t => RefArray.From(t.Value));

    /// <summary>Parameters and running statistics; a training pass updates the latter.</summary>
    public Dictionary<string, RefArray> Weights { get; }

    /// <summary>Normalise by the batch instead of the running statistics.</summary>
    public bool IsTraining { get; init; }

    /// <summary>Dropout before the second convolution of block number i.</summary>
    public Func<int, RefArray, RefArray>? Dropout { get; init; }

    /// <summary>Images to logits.</summary>
    public RefArray Network(RefArray x, int blocksPerGroup)
    {
        var h = Conv("conv0", x, stride: 1);
        for (int i = 0; i < 3 * blocksPerGroup; i++)
        {
            var (group, block) = (i / blocksPerGroup, i % blocksPerGroup);
            h = Block($"group{group}.block{block}.", h, stride: group > 0 && block == 0 ? 2 : 1, i);
        }
        return MatMulOracle.Linear(GlobalAverage(NormRelu("bn", h)), Weights["fc.weight"], Weights["fc.bias"]);
    }

    /// <summary>Figure 1 c and d; the name ends in a dot, or is empty for a block on its own.</summary>
    public RefArray Block(string name, RefArray x, int stride, int index = 0)
    {
        var activated = NormRelu(name + "bn0", x);
        var hidden = NormRelu(name + "bn1", Conv(name + "conv0", activated, stride));
        if (Dropout is not null) hidden = Dropout(index, hidden);
        var residual = Conv(name + "conv1", hidden, stride: 1);
        return residual + (Weights.ContainsKey(name + "convdim") ? Conv(name + "convdim", activated, stride) : x);
    }

    private RefArray Conv(string name, RefArray x, int stride)
    {
        var (weight, pad) = (Weights[name], Weights[name].Shape[2] / 2);
        var shape = new Conv2dShape(
            x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3], weight.Shape[0], weight.Shape[2], weight.Shape[3], stride, stride, pad, pad);
        return ConvOracle.Forward(shape, x, weight);
    }

    private RefArray NormRelu(string name, RefArray x)
    {
        var (mean, variance) = (Weights[name + ".running_mean"], Weights[name + ".running_var"]);
        if (IsTraining)
        {
            var batch = NormOracle.Statistics(x);
            (Weights[name + ".running_mean"], Weights[name + ".running_var"]) =
                NormOracle.UpdateRunning(mean, variance, batch.Mean, batch.Variance, x.Count / x.Shape[1], Momentum);
            (mean, variance) = batch;
        }
        return NormOracle.Apply(x, mean, NormOracle.InvStd(variance, Eps), Weights[name + ".weight"], Weights[name + ".bias"], relu: true);
    }

    private static RefArray GlobalAverage(RefArray x)
    {
        var y = new RefArray([x.Shape[0], x.Shape[1]]);
        int pixels = x.InnerSize;
        for (int i = 0; i < x.Count; i++) y.Values[i / pixels] += x.Values[i] / pixels;
        return y;
    }
}
