namespace WrnEngine.Models;

/// <summary>A network of the paper with the number of parameters printed there.</summary>
/// <param name="Where">Table or figure of arXiv 1605.07146v4.</param>
/// <param name="Network">The network.</param>
/// <param name="Millions">Millions of parameters as printed, to one digit; null where none is printed.</param>
/// <param name="Note">Why the count differs from the printed one; null where it does not.</param>
public sealed record PaperNetwork(string Where, WideResNetOptions Network, double? Millions, string? Note = null);

/// <summary>Every network of the paper's tables and figures.</summary>
public static class PaperNetworks
{
    /// <summary>In the paper's order.</summary>
    public static IReadOnlyList<PaperNetwork> All { get; } =
    [
        .. Blocks(),
        .. new[] { "3", "3,3", "3,3,3", "3,3,3,3" }.Select(block => new PaperNetwork("table 3", Wrn(40, 2, block), 2.2)),
        .. new (int Depth, int K, double Millions)[]
            {
                (40, 1, 0.6), (40, 2, 2.2), (40, 4, 8.9), (40, 8, 35.7), (28, 10, 36.5), (28, 12, 52.5), (22, 8, 17.2), (22, 10, 26.8), (16, 8, 11.0), (16, 10, 17.1),
            }
            .Select(n => new PaperNetwork("table 4", Wrn(n.Depth, n.K), n.Millions)),
        new("table 5", Resnet("resnet-basic", 110), 1.7),
        new("table 5", Resnet("resnet-basic", 1202), 10.2, "He et al., 2015, print 19.4M for this network"),
        new("table 5", Resnet("preact-basic", 110), 1.7),
        new("table 5", Resnet("preact-bottleneck", 164), 1.7),
        new("table 5", Resnet("preact-bottleneck", 1001), 10.2, "its count rounds to 10.3M"),
        new("table 6", Wrn(16, 4, dropRate: 0.3f), null),
        new("table 6", Wrn(28, 10, dropRate: 0.3f), null),
        new("table 6", Wrn(52, 1, dropRate: 0.3f), null),
        .. new[] { (1, 11.7), (1.5, 25.9), (2, 45.6), (3, 101.8) }.Select(n => new PaperNetwork("table 7", ImageNet("wrn-18", n.Item1), n.Item2)),
        .. new[] { (1, 21.8), (1.5, 48.6), (2, 86.0) }.Select(n => new PaperNetwork("table 7", ImageNet("wrn-34", n.Item1), n.Item2)),
        new("table 8", ImageNet("resnet-50", 1), 25.6),
        new("table 8", ImageNet("resnet-101", 1), 44.5),
        new("table 8", ImageNet("resnet-152", 1), 60.2),
        new("table 8", ImageNet("wrn-50-2-bottleneck", 2), 68.9),
        new("table 8", ImageNet("preact-200", 1), 64.7),
        new("table 9", Wrn(40, 10, dropRate: 0.3f), null),
        new("table 9", Wrn(16, 8, dropRate: 0.4f), null),
        new("figure 3", Resnet("resnet-basic", 50), null),
    ];

    private static PaperNetwork[] Blocks() =>
    [
        new("table 2", Wrn(40, 2, "1,3,1"), 1.4), new("table 2", Wrn(40, 2, "3,1"), 1.2), new("table 2", Wrn(40, 2, "1,3"), 1.3),
        new("table 2", Wrn(40, 2, "3,1,1"), 1.3), new("table 2", Wrn(28, 2), 1.5), new("table 2", Wrn(22, 2, "3,1,3"), 1.1),
    ];

    private static WideResNetOptions Wrn(int depth, int k, string block = WideResNetOptions.BasicBlock, float dropRate = 0) =>
        new(depth, k, DropRate: dropRate) { Block = block };

    private static WideResNetOptions Resnet(string name, int depth) => new(depth, 1) { Architecture = Architecture.Find(name) };

    private static WideResNetOptions ImageNet(string name, double k)
    {
        var architecture = Architecture.Find(name);
        return new WideResNetOptions(architecture.DefaultDepth, k, architecture.ClassCount) { Architecture = architecture };
    }
}
