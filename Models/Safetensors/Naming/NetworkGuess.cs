namespace WrnEngine.Models.Safetensors.Naming;

/// <summary>Finds out from names and shapes which network a file of weights holds.</summary>
public static class NetworkGuess
{
    private const int MostBlocks = 10_000;

    /// <summary>
    /// The network, or null where the file leaves a choice or holds none of ours: WRN-n-k with blocks B(3,3), and the post-activation
    /// networks for ImageNet, can be told. Whether the file really fits is for <see cref="WeightImport.Difference"/> to say.
    /// </summary>
    /// <param name="weights">The file.</param>
    public static WideResNetOptions? Of(WeightImport weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (weights.Names is null || weights.ShapeOf("fc.weight") is not [var classes and > 1 and <= int.MaxValue, _]) return null;
        var network = weights.Names is TorchvisionNames ? ForImageNet(weights) : ForSmallImages(weights);
        return network is null ? null : network with { NumClasses = (int)classes };
    }

    /// <summary>The number of classes, or null where the file has no classifier.</summary>
    public static int? Classes(WeightImport weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return weights.ShapeOf("fc.weight") is [var classes and > 1 and <= int.MaxValue, _] ? (int)classes : null;
    }

    private static WideResNetOptions? ForSmallImages(WeightImport weights)
    {
        int[] blocks = [.. Enumerable.Range(0, WideResNetOptions.GroupCount).Select(g => Count(b => weights.ShapeOf($"group{g}.block{b}.conv0")))];
        bool isPlainBlock = weights.ShapeOf("group0.block0.conv0") is [_, _, 3, 3] && weights.ShapeOf("group0.block0.conv1") is [_, _, 3, 3]
            && weights.ShapeOf("group0.block0.conv2") is null;
        bool isOrdinary = weights.ShapeOf("bn.weight") is not null && weights.ShapeOf("group1.block0.convdim") is not null;
        if (!isPlainBlock || !isOrdinary || blocks[0] == 0 || blocks.Distinct().Count() > 1) return null;
        return new WideResNetOptions(6 * blocks[0] + 4, weights.ShapeOf("group0.block0.conv0")![0] / 16.0);
    }

    private static WideResNetOptions? ForImageNet(WeightImport weights)
    {
        int[] blocks = [.. Enumerable.Range(1, 4).Select(g => Count(b => weights.ShapeOf($"layer{g}.{b}.conv1.weight")))];
        bool isBottleneck = weights.ShapeOf("layer1.0.conv3.weight") is not null;
        if (weights.ShapeOf("layer1.0.conv1.weight") is not [var width, ..]) return null;
        double k = width / 64.0;
        var family = Architecture.All
            .Where(a => a.StageBlocks is { } stages && stages.SequenceEqual(blocks) && a.IsBottleneck == isBottleneck && a.Order == LayerOrder.Post)
            .OrderBy(a => a.DefaultWidenFactor == k ? 0 : 1).FirstOrDefault();
        return family is null ? null : new WideResNetOptions(family.DefaultDepth, k) { Architecture = family };
    }

    private static int Count(Func<int, IReadOnlyList<long>?> shapeOfBlock) => Enumerable.Range(0, MostBlocks).TakeWhile(b => shapeOfBlock(b) is not null).Count();
}
