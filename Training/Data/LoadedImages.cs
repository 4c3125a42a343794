namespace WrnEngine.Training.Data;

/// <summary>What a loader gives: training and test images, and how they are best used.</summary>
/// <param name="Train">The training images.</param>
/// <param name="Test">The test images.</param>
internal sealed record LoadedImages(ImageDataset Train, ImageDataset Test)
{
    /// <summary>The augmentation in force.</summary>
    public Augmentation Augmentation { get; init; } = Augmentation.CropFlip;

    /// <summary>What <see cref="NormalizationSource.Auto"/> means for these images.</summary>
    public NormalizationSource Normalization { get; init; } = NormalizationSource.Dataset;

    /// <summary>What whoever starts the run should know, a sentence each.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];
}
