namespace WrnEngine.Training.Data;

/// <summary>In which order a <see cref="BatchLoader"/> goes through its images, and what it does with the rest.</summary>
public enum BatchOrder
{
    /// <summary>Shuffled by (seed, epoch); a last batch that isn't full is dropped, as in the authors' code.</summary>
    Training,

    /// <summary>In the subset's order; the last batch may be smaller.</summary>
    Evaluation,
}
