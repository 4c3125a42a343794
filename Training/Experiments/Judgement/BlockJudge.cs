using WrnEngine.Training.Experiments.Results;

namespace WrnEngine.Training.Experiments.Judgement;

/// <summary>Looks for residual blocks that add next to nothing.</summary>
internal static class BlockJudge
{
    /// <summary>Leaving out an idle block raises the error by less than this, in points.</summary>
    public const double LeastCost = 1;

    /// <summary>Judges a row whose runs are all there.</summary>
    /// <param name="cell">The row.</param>
    /// <param name="margin">The |F(x)| / |shortcut| that an idle block stays below.</param>
    public static PairVerdict Of(CellResult cell, double margin)
    {
        string name = cell.Cell.Row.Name;
        if (cell.Runs.FirstOrDefault(r => r.Blocks.Count == 0) is { } unmeasured) return PairJudge.Open(cell, cell, $"the blocks of {name} are not measured with seed {unmeasured.Seed}");
        BlockResult[] idle = [.. cell.Runs.Select(r => r.Blocks.Where(b => IsIdle(b, margin)).MinBy(b => b.Ratio)).OfType<BlockResult>()];
        var state = idle.Length == cell.Runs.Count ? PairState.Holds : idle.Length == 0 ? PairState.Refuted : PairState.Open;
        string what = $"a ratio below {margin:0.##} that costs less than {LeastCost:0.##} point to leave out";
        string says = idle.Length > 0 ? $"{name} has a block with {what}, with {idle.Length} of {cell.Runs.Count} seeds: {Block(idle[0])}"
            : $"{name} has no block with {what}, with any of {cell.Runs.Count} seeds{Closest(cell)}";
        return new PairVerdict(name, name, state, says) { Headroom = idle.Length - cell.Runs.Count };
    }

    /// <summary>Whether a block adds next to nothing.</summary>
    public static bool IsIdle(BlockResult block, double margin) => block.Ratio < margin && block.ErrorWithout - block.ErrorWith < LeastCost;

    private static string Closest(CellResult cell) =>
        cell.Runs.SelectMany(r => r.Blocks).Where(b => b.Ratio is not null).MinBy(b => b.Ratio) is { } least ? $"; the least active: {Block(least)}" : "";

    private static string Block(BlockResult b) => $"{b.Block} has the ratio {b.Ratio:F3} and costs {b.ErrorWithout - b.ErrorWith:F2} points";
}
