using WrnEngine.Training.Data;

namespace WrnEngine.Training.Checkpoints;

/// <summary>
/// How an image becomes what a network reads, and what its outputs are called: a checkpoint carries it, so that prediction needs nothing
/// of the data set.
/// </summary>
public sealed record Preprocessing
{
    /// <summary>More than any file system allows for the name of a folder.</summary>
    internal const int MaxClassNameLength = 1024;

    /// <summary>Rows of what the network reads, the border included.</summary>
    public required int Height { get; init; }

    /// <summary>Columns of what the network reads, the border included.</summary>
    public required int Width { get; init; }

    /// <summary>Black pixels around the image on each side: 2 for Fashion-MNIST, whose images are 28 x 28 in 32 x 32.</summary>
    public int Border { get; init; }

    /// <summary>What the shorter side is resized to before the centre is taken, as in 256 for 224; null where nothing more than the size is cropped.</summary>
    public int? ResizedSide { get; init; }

    /// <summary>Mean and deviation, 0-255; null where the images were whitened, which a single image cannot be.</summary>
    public required ChannelNormalization? Normalization { get; init; }

    /// <summary>One name per class; empty where they were too long to keep.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>What a class is called: its name, or its number where there is no name.</summary>
    public string ClassName(int index) => index < ClassNames.Count ? ClassNames[index] : $"class {index}";

    /// <summary>What evaluation on a data set does.</summary>
    public static Preprocessing Of(DatasetSplit data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var images = data.Train.Source;
        return new Preprocessing
        {
            Height = images.Height,
            Width = images.Width,
            Border = images.Border,
            ResizedSide = data.Augmentation == Augmentation.ImageNet && data.Whitening is null ? CentreCropTransform.ResizedSide(images.Width) : null,
            Normalization = data.Whitening is null ? data.Normalization : null,
            ClassNames = images.ClassNames,
        };
    }
}
