namespace WrnEngine.Training.Experiments;

/// <summary>What a claim says of the numbers.</summary>
internal enum ClaimKind
{
    /// <summary>The first row of each pair has the lower test error.</summary>
    Lower,

    /// <summary>The first row of each pair is at most <see cref="Claim.Margin"/> points of test error worse than the second one.</summary>
    NotWorse,

    /// <summary>The first row of each pair needs less time for a multiply-add of a training step, by a factor of at least <see cref="Claim.Margin"/>.</summary>
    FasterPerMac,

    /// <summary>In the first row of each pair some block adds little: its |F(x)| / |shortcut| is below <see cref="Claim.Margin"/>, and leaving it out costs next to nothing.</summary>
    IdleBlocks,
}

/// <summary>Something that the paper says, as a comparison of rows.</summary>
/// <param name="Name">A short name, unique in its experiment: <c>widening</c>.</param>
/// <param name="Says">One sentence.</param>
/// <param name="Source">Where the paper says it.</param>
/// <param name="Kind">What must hold.</param>
/// <param name="Pairs">Names of rows. All must hold for the claim to be reproduced; for <see cref="ClaimKind.IdleBlocks"/> the second one is the first one again.</param>
/// <param name="Margin">See <see cref="ClaimKind"/>; 0 where the kind has none.</param>
internal sealed record Claim(string Name, string Says, string Source, ClaimKind Kind, IReadOnlyList<(string First, string Second)> Pairs, double Margin = 0)
{
    /// <summary>
    /// That a network does no better than guessing is what the claim is about. Elsewhere it leaves a comparison open: a network that has not begun to learn
    /// says nothing of its kind.
    /// </summary>
    public bool GuessingCounts { get; init; }
}
