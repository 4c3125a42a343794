using WrnEngine.Training.Experiments.Results;

namespace WrnEngine.Training.Experiments.Judgement;

/// <summary>
/// The variance that rows of an experiment have in common. Three seeds tell little of a row's spread; those of many rows together tell much, where they are
/// trained alike. A row whose variance is significantly larger than that of the others is no part of it.
/// </summary>
/// <param name="Variance">Of a run's test error, in points squared.</param>
/// <param name="Freedom">Its degrees of freedom.</param>
/// <param name="Rows">The rows that it holds for.</param>
internal sealed record SpreadPool(double Variance, double Freedom, IReadOnlySet<CellResult> Rows)
{
    /// <summary>How often a row of the common variance may be taken for one with a larger; the rows share it equally.</summary>
    private const double ErrorRate = 0.05;

    /// <summary>The pool of rows of a data set. Networks that guess hardly spread, and are left out.</summary>
    public static SpreadPool Of(IEnumerable<CellResult> cells)
    {
        var samples = new List<(CellResult Cell, double Squares, int Freedom)>();
        foreach (var cell in cells)
        {
            double[] errors = [.. cell.Errors];
            if (errors.Length < 2 || !errors.All(double.IsFinite) || !Chance.IsBeatenBy(errors.Average(), cell.Cell.Dataset)) continue;
            var summary = Summary.Of(errors);
            samples.Add((cell, summary.Deviation * summary.Deviation * (summary.Count - 1), summary.Count - 1));
        }

        double level = ErrorRate / Math.Max(1, samples.Count), allSquares = samples.Sum(s => s.Squares);
        int allFreedom = samples.Sum(s => s.Freedom);
        var common = samples.Where(s => !IsLarger(s.Squares, s.Freedom, allSquares - s.Squares, allFreedom - s.Freedom, level)).ToList();
        int freedom = common.Sum(s => s.Freedom);
        return new SpreadPool(freedom == 0 ? double.NaN : common.Sum(s => s.Squares) / freedom, freedom, common.Select(s => s.Cell).ToHashSet());
    }

    /// <summary>Student's interval of a pair of the pool, and Welch's of another one.</summary>
    public Interval? OfDifference(CellResult first, CellResult second, double level)
    {
        Summary a = Summary.Of(first.Errors), b = Summary.Of(second.Errors);
        return Rows.Contains(first) && Rows.Contains(second) ? Interval.OfDifference(a, b, Variance, Freedom, level) : Interval.OfDifference(a, b, level);
    }

    /// <summary>The F test of one variance against another: whether it is larger at that level of significance.</summary>
    internal static bool IsLarger(double squares, int freedom, double otherSquares, int otherFreedom, double level)
    {
        if (freedom == 0 || otherFreedom == 0 || squares <= 0) return false;
        double f = squares / freedom / (otherSquares / otherFreedom);
        return double.IsInfinity(f) || IncompleteBeta.Of(otherFreedom / (otherFreedom + (freedom * f)), otherFreedom / 2.0, freedom / 2.0) < level;
    }
}
