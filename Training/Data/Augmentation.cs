namespace WrnEngine.Training.Data;

/// <summary>How training images are varied, and what goes with it in evaluation.</summary>
public enum Augmentation
{
    /// <summary>What suits the data set.</summary>
    Auto,

    /// <summary>Not at all: the authors' choice for SVHN.</summary>
    None,

    /// <summary>The paper's for CIFAR: reflection padding by 4, random crop, random flip. Evaluation reads the images as they are.</summary>
    CropFlip,

    /// <summary>
    /// The one for ImageNet: random area and aspect, colour jitter, lighting, random flip. Evaluation reads the centre of an image whose
    /// shorter side is 256/224 of what a network reads.
    /// </summary>
    ImageNet,
}
