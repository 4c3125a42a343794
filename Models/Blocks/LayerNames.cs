namespace WrnEngine.Models.Blocks;

/// <summary>The names that layers have in checkpoints.</summary>
public sealed record LayerNames
{
    /// <summary>Those of the paper's authors: <c>conv0</c>, <c>group0.block0.bn0.weight</c>, <c>group0.block0.convdim</c>, <c>bn</c>, <c>fc</c>.</summary>
    public static LayerNames Authors { get; } = new()
    {
        Stem = "conv0",
        StemNorm = "bn0",
        FinalNorm = "bn",
        Projection = "convdim",
        ProjectionNorm = "bndim",
        ConvWeight = "",
        FirstLayer = 0,
        Block = (group, block) => $"group{group}.block{block}",
    };

    /// <summary>Those of torchvision and timm: <c>conv1.weight</c>, <c>layer1.0.bn1.weight</c>, <c>layer1.0.downsample.0.weight</c>, <c>fc</c>.</summary>
    public static LayerNames Torchvision { get; } = new()
    {
        Stem = "conv1",
        StemNorm = "bn1",
        FinalNorm = "bn",
        Projection = "downsample.0",
        ProjectionNorm = "downsample.1",
        ConvWeight = "weight",
        FirstLayer = 1,
        Block = (group, block) => $"layer{group + 1}.{block}",
    };

    /// <summary>The first convolution.</summary>
    public required string Stem { get; init; }

    /// <summary>The batch norm behind it.</summary>
    public required string StemNorm { get; init; }

    /// <summary>The batch norm behind the last block.</summary>
    public required string FinalNorm { get; init; }

    /// <summary>The convolution of a shortcut.</summary>
    public required string Projection { get; init; }

    /// <summary>The batch norm behind it.</summary>
    public required string ProjectionNorm { get; init; }

    /// <summary>What a convolution's weight adds to the layer's name.</summary>
    public required string ConvWeight { get; init; }

    /// <summary>The number of the first layer of a block.</summary>
    public required int FirstLayer { get; init; }

    /// <summary>Name of a block from the indices of group and block.</summary>
    public required Func<int, int, string> Block { get; init; }

    /// <summary>A convolution of a block.</summary>
    public string Conv(int index) => $"conv{index + FirstLayer}";

    /// <summary>A batch norm of a block.</summary>
    public string Norm(int index) => $"bn{index + FirstLayer}";
}
