namespace WrnEngine.Models;

/// <summary>Where batch norm and ReLU stand.</summary>
public enum LayerOrder
{
    /// <summary>BN-ReLU-conv, and nothing after the addition: He et al., 2016, and the paper.</summary>
    Pre,

    /// <summary>conv-BN-ReLU, with a ReLU after the addition: He et al., 2015.</summary>
    Post,
}

/// <summary>What stands beside the convolutions of a block.</summary>
public enum ShortcutKind
{
    /// <summary>The input; a 1x1 convolution where the shape changes.</summary>
    Projection,

    /// <summary>The input; every stride-th pixel with channels of zeros appended where the shape changes. No parameters: option A of He et al., 2015.</summary>
    IdentityPad,

    /// <summary>Nothing: a plain network, whose blocks do not add their input.</summary>
    None,
}

/// <summary>Where dropout acts.</summary>
public enum DropoutPlace
{
    /// <summary>Before each convolution of a block but the first: the paper.</summary>
    Residual,

    /// <summary>On the shortcut: the variant of He et al., 2016, which the paper argues against.</summary>
    Shortcut,
}

/// <summary>A family of residual networks that can be asked for by name, with what its members have in common.</summary>
public sealed record Architecture
{
    /// <summary>The paper's networks for images of 32 x 32.</summary>
    public static Architecture Wrn { get; } = new()
    {
        Name = "wrn",
        Summary = "WRN-n-k for small images (the paper)",
        Title = "WRN-{0}-{1}",
        DefaultDepth = 16,
        DefaultWidenFactor = 8,
        FixedConvolutions = 4,
    };

    /// <summary>Every family.</summary>
    public static IReadOnlyList<Architecture> All { get; } =
    [
        Wrn,
        new() { Name = "preact-basic", Summary = "pre-activation ResNet, two 3x3 a block", Title = "preact-ResNet-{0}", DefaultDepth = 110 },
        new() { Name = "preact-bottleneck", Summary = "pre-activation ResNet, 1x1 3x3 1x1 a block", Title = "preact-ResNet-{0}", DefaultDepth = 164, IsBottleneck = true },
        new()
        {
            Name = "resnet-basic", Summary = "the original ResNet for small images", Title = "ResNet-{0}", DefaultDepth = 110,
            Order = LayerOrder.Post, Shortcut = ShortcutKind.IdentityPad, NormsStartAtOne = true,
        },
        ImageNet("wrn-18", "WRN-18-{1}", 18, [2, 2, 2, 2], isBottleneck: false),
        ImageNet("wrn-34", "WRN-34-{1}", 34, [3, 4, 6, 3], isBottleneck: false),
        ImageNet("wrn-50-2-bottleneck", "WRN-50-{1}-bottleneck", 50, [3, 4, 6, 3], isBottleneck: true) with { DefaultWidenFactor = 2 },
        ImageNet("wrn-101-2-bottleneck", "WRN-101-{1}-bottleneck", 101, [3, 4, 23, 3], isBottleneck: true) with { DefaultWidenFactor = 2 },
        ImageNet("resnet-50", "ResNet-50", 50, [3, 4, 6, 3], isBottleneck: true),
        ImageNet("resnet-101", "ResNet-101", 101, [3, 4, 23, 3], isBottleneck: true),
        ImageNet("resnet-152", "ResNet-152", 152, [3, 8, 36, 3], isBottleneck: true),
        ImageNet("preact-200", "preact-ResNet-200", 200, [3, 24, 36, 3], isBottleneck: true) with { Order = LayerOrder.Pre },
    ];

    /// <summary>The name users type.</summary>
    public required string Name { get; init; }

    /// <summary>A few words of explanation.</summary>
    public required string Summary { get; init; }

    /// <summary>The depth when none is given.</summary>
    public required int DefaultDepth { get; init; }

    /// <summary>The widening factor when none is given; 1 is the thin network.</summary>
    public double DefaultWidenFactor { get; init; } = 1;

    /// <summary>Blocks of each of the four stages of a network for ImageNet; null for three equal groups, which the depth decides on.</summary>
    public IReadOnlyList<int>? StageBlocks { get; init; }

    /// <summary>Blocks of 1x1, 3x3, 1x1 with fewer channels inside.</summary>
    public bool IsBottleneck { get; init; }

    /// <summary>The order of layers when none is asked for.</summary>
    public LayerOrder Order { get; init; }

    /// <summary>The shortcut when none is asked for.</summary>
    public ShortcutKind Shortcut { get; init; }

    /// <summary>Batch norms start at 1 rather than at U(0, 1).</summary>
    public bool NormsStartAtOne { get; init; }

    /// <summary>A 7x7 stem of stride 2 with a max pool and four stages, instead of a 3x3 stem and three groups.</summary>
    public bool IsForImageNet => StageBlocks is not null;

    /// <summary>Rows and columns of the images it was designed for.</summary>
    public int ImageSize => IsForImageNet ? 224 : 32;

    /// <summary>Classes of the images it was designed for.</summary>
    public int ClassCount => IsForImageNet ? 1000 : 10;

    /// <summary>Convolutions that the depth counts outside the blocks: the stem, and for WRN-n-k also one projection per group.</summary>
    internal int FixedConvolutions { get; private init; } = 2;

    /// <summary>Format of a member's name from depth and widening factor.</summary>
    internal string Title { get; private init; } = "";

    /// <summary>The family of that name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists those there are.</exception>
    public static Architecture Find(string name) => All.FirstOrDefault(a => a.Name == name)
        ?? throw new ArgumentException($"there is no network '{name}'; use one of {string.Join(", ", All.Select(a => a.Name))}");

    private static Architecture ImageNet(string name, string title, int depth, int[] blocks, bool isBottleneck) => new()
    {
        Name = name,
        Summary = $"for ImageNet, {(isBottleneck ? "1x1 3x3 1x1" : "two 3x3")} a block",
        Title = title,
        DefaultDepth = depth,
        StageBlocks = blocks,
        IsBottleneck = isBottleneck,
        Order = LayerOrder.Post,
        NormsStartAtOne = true,
    };
}
