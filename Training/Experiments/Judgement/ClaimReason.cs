namespace WrnEngine.Training.Experiments.Judgement;

/// <summary>One sentence for a mark, from what its pairs say.</summary>
internal static class ClaimReason
{
    private const int MostInFull = 3, MostNamed = 6;

    /// <summary>The sentence.</summary>
    public static string Of(Mark mark, IReadOnlyList<PairVerdict> pairs)
    {
        if (pairs.Count == 1) return $"{(mark == Mark.CannotTell ? "Open: " : "")}{pairs[0].Says}.";
        var refuted = pairs.Where(p => p.State == PairState.Refuted).ToList();
        var open = pairs.Where(p => p.State == PairState.Open).ToList();
        return mark switch
        {
            Mark.Reproduced => $"All {pairs.Count} comparisons hold; the closest: {pairs.MinBy(p => p.Headroom)!.Says}.",
            Mark.NotReproduced => $"{refuted.Count} of {pairs.Count} comparisons {(refuted.Count == 1 ? "is" : "are")} refuted: {List(refuted)}.",
            _ => $"{pairs.Count - open.Count} of {pairs.Count} comparisons {(pairs.Count - open.Count == 1 ? "holds" : "hold")}; open: {List(open)}.",
        };
    }

    private static string List(List<PairVerdict> pairs)
    {
        string full = string.Join("; ", pairs.Take(MostInFull).Select(p => p.Says));
        if (pairs.Count <= MostInFull) return full;
        string names = string.Join(", ", pairs.Skip(MostInFull).Take(MostNamed).Select(p => p.First == p.Second ? p.First : $"{p.First} against {p.Second}"));
        return $"{full}; also {names}{(pairs.Count > MostInFull + MostNamed ? $" and {pairs.Count - MostInFull - MostNamed} more" : "")}";
    }
}
