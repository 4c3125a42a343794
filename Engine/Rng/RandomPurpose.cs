namespace WrnEngine.Rng;

/// <summary>What a random number is for: the upper half of the last counter word, so that no two uses share a number.</summary>
public enum RandomPurpose
{
    /// <summary>Initial weights; the ordinal is the layer's.</summary>
    Weights = 1,

    /// <summary>Orders and subsets of a data set.</summary>
    Shuffle = 2,

    /// <summary>Crops and flips of a training image.</summary>
    Augment = 3,

    /// <summary>Dropout masks; the ordinal is the layer's.</summary>
    Dropout = 4,

    /// <summary>The procedural data set and the fixed batches of a benchmark.</summary>
    Synthetic = 5,

    /// <summary>The share of mixup, by step; the ordinal says which of the two gamma variates.</summary>
    Mixup = 6,

    /// <summary>Where cutout puts its square, by sample and epoch.</summary>
    Cutout = 7,
}
