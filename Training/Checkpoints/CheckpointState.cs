using WrnEngine.Models;

namespace WrnEngine.Training.Checkpoints;

/// <summary>
/// Everything a run needs besides its tensors to go on exactly where it stopped. It depends on the run's options and position alone: no
/// path, time or limit is in it, so equal runs write equal checkpoints.
/// </summary>
/// <param name="Model">Which network this is.</param>
/// <param name="Dataset">Name of the data set it is trained on.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Epoch">Epochs finished: the 0-based epoch of the next step.</param>
/// <param name="Step">Optimizer steps finished since the start of the run; batches that were only prepared do not count.</param>
/// <param name="EpochSums">What the steps already done of the present epoch add up to; zeros at the end of an epoch.</param>
public sealed record CheckpointState(WideResNetOptions Model, string Dataset, ulong Seed, int Epoch, long Step, EpochSums EpochSums)
{
    /// <summary>
    /// Further deterministic state of the trainer (the best error so far, say), kept as given. Keys must not be those of the fixed fields.
    /// </summary>
    public IReadOnlyDictionary<string, string> Extra { get; init; } = new Dictionary<string, string>();

    /// <summary>How an image becomes what the network reads; null in files of earlier versions.</summary>
    public Preprocessing? Preprocessing { get; init; }
}

/// <summary>Sums over the samples of an unfinished epoch. They are stored to the bit.</summary>
/// <param name="LossSum">Sum of the samples' losses.</param>
/// <param name="Errors">Samples classified wrongly.</param>
/// <param name="Samples">Samples seen.</param>
public readonly record struct EpochSums(double LossSum, long Errors, long Samples);
