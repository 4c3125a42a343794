namespace WrnEngine.Training.Experiments.Judgement;

/// <summary>What the numbers say of a pair.</summary>
internal enum PairState
{
    /// <summary>What the claim says of it.</summary>
    Holds,

    /// <summary>The contrary.</summary>
    Refuted,

    /// <summary>Neither.</summary>
    Open,
}

/// <summary>A comparison of two rows.</summary>
/// <param name="First">The first row's name.</param>
/// <param name="Second">The second one's.</param>
/// <param name="State">What came out.</param>
/// <param name="Says">Why, with the numbers: a sentence without its full stop.</param>
internal sealed record PairVerdict(string First, string Second, PairState State, string Says)
{
    /// <summary>
    /// The difference of errors in the direction of the claim (second less first for <see cref="ClaimKind.Lower"/>, first less second for
    /// <see cref="ClaimKind.NotWorse"/>), or the ratio of times; null where there is none yet.
    /// </summary>
    public Interval? Effect { get; init; }

    /// <summary>How far it is on the right side of what is wanted: the least of several is the claim's weakest.</summary>
    public double Headroom { get; init; }
}
