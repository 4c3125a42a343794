using WrnEngine.Devices;
using WrnEngine.Nn;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Models;

/// <summary>
/// A block as the oracle knows it. What it does not say, the weights do: how many convolutions there are, and their kernels.
/// </summary>
/// <param name="Strides">Stride of each convolution.</param>
internal sealed record OracleBlock(params int[] Strides)
{
    /// <summary>conv-BN-ReLU instead of BN-ReLU-conv.</summary>
    public bool IsPost { get; init; }

    /// <summary>Every s-th pixel and channels of zeros, where the shape changes and there is no projection.</summary>
    public bool Pads { get; init; }

    /// <summary>No shortcut.</summary>
    public bool IsPlain { get; init; }

    /// <summary>Dropout acts on the shortcut.</summary>
    public bool DropsShortcut { get; init; }

    public int Stride => Strides.Aggregate(1, (a, b) => a * b);
}

/// <summary>
/// Residual networks in double precision, written from the paper's table 1 and figure 1 and from He et al., 2015, with the oracle's naive
/// ops. Weights are read by name, and there is a projection where there is a weight for one.
/// </summary>
internal sealed class ResidualOracle
{
    private const double Eps = 1e-5;
    private const double Momentum = 0.1;

    private int _dropouts;

    public ResidualOracle(Module module) =>
        Weights = module.NamedParameters().Concat(module.NamedBuffers()).ToDictionary(t => t.Name, t => RefArray.From(t.Value));

    /// <summary>Parameters and running statistics; a training pass updates the latter.</summary>
    public Dictionary<string, RefArray> Weights { get; }

    /// <summary>Normalise by the batch instead of the running statistics.</summary>
    public bool IsTraining { get; init; }

    /// <summary>Dropout layer number i.</summary>
    public Func<int, RefArray, RefArray>? Dropout { get; init; }

    /// <summary>Images to logits, for the three groups of a WRN-n-k with blocks B(3,3).</summary>
    public RefArray Network(RefArray x, int blocksPerGroup) => Network(x, blocksPerGroup, stride => new OracleBlock(stride, 1));

    /// <summary>Images to logits, for three groups of blocks.</summary>
    /// <param name="x">Images.</param>
    /// <param name="blocksPerGroup">Blocks in a group.</param>
    /// <param name="block">The block of a stride.</param>
    public RefArray Network(RefArray x, int blocksPerGroup, Func<int, OracleBlock> block)
    {
        _dropouts = 0;
        bool isPost = block(1).IsPost;
        var h = Conv("conv0", x, stride: 1);
        if (isPost) h = Norm("bn0", h, relu: true);
        for (int i = 0; i < 3 * blocksPerGroup; i++)
        {
            var (group, b) = (i / blocksPerGroup, i % blocksPerGroup);
            h = Block($"group{group}.block{b}.", h, block(group > 0 && b == 0 ? 2 : 1));
        }
        if (!isPost) h = Norm("bn", h, relu: true);
        return MatMulOracle.Linear(GlobalAverage(h), Weights["fc.weight"], Weights["fc.bias"]);
    }

    /// <summary>The networks for ImageNet, with torchvision's names: a 7x7 stem, a max pool, four stages.</summary>
    public RefArray ImageNetNetwork(RefArray x, int[] stages, Func<int, OracleBlock> block)
    {
        var h = Norm("bn1", Conv("conv1", x, stride: 2), relu: true);
        h = PoolOracle.Max(new Pool2dShape(h.Shape[0], h.Shape[1], h.Shape[2], h.Shape[3], 3, 3, 2, 2, 1, 1), h).Y;
        for (int stage = 0; stage < stages.Length; stage++)
            for (int b = 0; b < stages[stage]; b++)
                h = Block($"layer{stage + 1}.{b}.", h, block(stage > 0 && b == 0 ? 2 : 1));
        if (!block(1).IsPost) h = Norm("bn", h, relu: true);
        return MatMulOracle.Linear(GlobalAverage(h), Weights["fc.weight"], Weights["fc.bias"]);
    }

    /// <summary>A block B(3,3).</summary>
    public RefArray Block(string name, RefArray x, int stride) => Block(name, x, new OracleBlock(stride, 1));

    /// <summary>Any block; the name ends in a dot, or is empty for a block on its own.</summary>
    public RefArray Block(string name, RefArray x, OracleBlock block)
    {
        int first = Weights.ContainsKey(name + "bn0.weight") ? 0 : 1; // the authors count from 0, torchvision from 1
        string projection = name + (first == 0 ? "convdim" : "downsample.0"), projectionNorm = name + (first == 0 ? "bndim" : "downsample.1");
        var (h, projected) = (x, x);
        for (int i = 0; i < block.Strides.Length; i++)
        {
            string norm = $"{name}bn{i + first}", conv = $"{name}conv{i + first}";
            if (!block.IsPost) h = Norm(norm, h, relu: true);
            if (i == 0) projected = h;
            if (i > 0 && !block.DropsShortcut) h = Drop(h);
            h = Conv(conv, h, block.Strides[i]);
            if (block.IsPost) h = Norm(norm, h, relu: i < block.Strides.Length - 1);
        }

        if (!block.IsPlain)
        {
            var shortcut = x;
            if (HasConv(projection)) shortcut = Conv(projection, projected, block.Stride);
            else if (block.Pads) shortcut = Pad(x, h.Shape[1], block.Stride);
            if (block.IsPost && HasConv(projection)) shortcut = Norm(projectionNorm, shortcut, relu: false);
            if (block.DropsShortcut) shortcut = Drop(shortcut);
            h += shortcut;
        }
        return block.IsPost ? h.Map(v => Math.Max(v, 0)) : h;
    }

    private RefArray Drop(RefArray x) => Dropout is null ? x : Dropout(_dropouts++, x);

    private bool HasConv(string name) => Weights.ContainsKey(name) || Weights.ContainsKey(name + ".weight");

    private RefArray Conv(string name, RefArray x, int stride)
    {
        var weight = Weights.TryGetValue(name, out var bare) ? bare : Weights[name + ".weight"];
        int pad = weight.Shape[2] / 2;
        var shape = new Conv2dShape(
            x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3], weight.Shape[0], weight.Shape[2], weight.Shape[3], stride, stride, pad, pad);
        return ConvOracle.Forward(shape, x, weight);
    }

    private RefArray Norm(string name, RefArray x, bool relu)
    {
        var (mean, variance) = (Weights[name + ".running_mean"], Weights[name + ".running_var"]);
        if (IsTraining)
        {
            var batch = NormOracle.Statistics(x);
            (Weights[name + ".running_mean"], Weights[name + ".running_var"]) =
                NormOracle.UpdateRunning(mean, variance, batch.Mean, batch.Variance, x.Count / x.Shape[1], Momentum);
            (mean, variance) = batch;
        }
        return NormOracle.Apply(x, mean, NormOracle.InvStd(variance, Eps), Weights[name + ".weight"], Weights[name + ".bias"], relu);
    }

    private static RefArray Pad(RefArray x, int channels, int stride)
    {
        var y = new RefArray([x.Shape[0], channels, (x.Shape[2] + stride - 1) / stride, (x.Shape[3] + stride - 1) / stride]);
        for (int n = 0; n < x.Shape[0]; n++)
            for (int c = 0; c < x.Shape[1]; c++)
                for (int h = 0; h < y.Shape[2]; h++)
                    for (int w = 0; w < y.Shape[3]; w++) y[n, c, h, w] = x[n, c, h * stride, w * stride];
        return y;
    }

    private static RefArray GlobalAverage(RefArray x)
    {
        var y = new RefArray([x.Shape[0], x.Shape[1]]);
        int pixels = x.InnerSize;
        for (int i = 0; i < x.Count; i++) y.Values[i / pixels] += x.Values[i] / pixels;
        return y;
    }
}
