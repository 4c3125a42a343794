using WrnEngine.Models;
using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.Data;

namespace WrnEngine.Training.Verbs;

/// <summary>
/// How images were prepared for weights of another program, by its own recipe: WideResNet-pytorch and the authors use the constants of CIFAR-10 for every
/// small data set; torchvision and timm use ImageNet's, 224 pixels out of 256.
/// </summary>
internal static class ImportedImages
{
    private const int FashionBorder = 2;

    /// <summary>What a checkpoint is to say.</summary>
    /// <param name="network">The network.</param>
    /// <param name="dataset">The name of its data set.</param>
    /// <param name="normalize">The value of <c>--normalize</c>.</param>
    /// <param name="imageSize">The value of <c>--image-size</c>.</param>
    /// <exception cref="UserException">The constants would take the data set itself.</exception>
    public static Preprocessing Of(WideResNetOptions network, string dataset, string normalize, int? imageSize)
    {
        bool isForImageNet = network.Architecture.IsForImageNet;
        int side = imageSize ?? network.Architecture.ImageSize;
        return new Preprocessing
        {
            Height = side,
            Width = side,
            Border = dataset == FashionMnistLoader.Key && side == network.Architecture.ImageSize ? FashionBorder : 0,
            ResizedSide = isForImageNet ? CentreCropTransform.ResizedSide(side) : null,
            Normalization = normalize switch
            {
                "auto" => isForImageNet ? ChannelNormalization.ImageNet : dataset == SvhnLoader.Key ? ChannelNormalization.Unit : ChannelNormalization.Paper,
                "paper" => ChannelNormalization.Paper,
                "unit" => ChannelNormalization.Unit,
                "imagenet" => ChannelNormalization.ImageNet,
                _ => throw new UserException(ExitCode.Usage, $"import does not read images, so --normalize {normalize} is not known here; give paper, unit or imagenet."),
            },
            ClassNames = NamesOf(dataset) is { } names && names.Count == network.NumClasses ? names : [],
        };
    }

    private static IReadOnlyList<string>? NamesOf(string dataset) => dataset switch
    {
        "cifar10" => CifarClassNames.Cifar10,
        "cifar100" => CifarClassNames.Cifar100,
        FashionMnistLoader.Key => FashionMnistLoader.ClassNames,
        SvhnLoader.Key => SvhnLoader.ClassNames,
        SyntheticDataset.Key => SyntheticDataset.ClassNames,
        _ => null,
    };
}
