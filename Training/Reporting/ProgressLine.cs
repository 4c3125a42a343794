namespace WrnEngine.Training.Reporting;

/// <summary>The line that shows a run while it goes on: as much as fits the width, the most telling first, and a bar where there is room left.</summary>
internal static class ProgressLine
{
    private const int ShortestBar = 10, LongestBar = 30;
    private const int Narrow = 45; // below, words are left out

    /// <summary>Where a run stands after a step.</summary>
    /// <param name="dataset">The data set's name.</param>
    /// <param name="r">The step.</param>
    /// <param name="width">Columns.</param>
    /// <param name="isUnicode">The terminal has more than ASCII.</param>
    public static string Of(string dataset, in StepReport r, int width, bool isUnicode)
    {
        string left = Durations.Text(r.Remaining);
        bool isNarrow = width < Narrow;
        // In the order of the line, with the order in which they are taken.
        (string Text, int Rank)[] parts = isNarrow
            ? [($"{r.Epoch}/{r.Epochs}", 1), ($"{r.Step}/{r.StepsPerEpoch}", 0), ($"{r.Loss:F2}", 3), ($"{r.Error:F0} %", 4), (left, 2)]
            :
            [
                (dataset, 5), ($"epoch {r.Epoch}/{r.Epochs}", 1), ($"step {r.Step}/{r.StepsPerEpoch}", 0), ($"loss {r.Loss:F3}", 3), ($"error {r.Error:F1} %", 4),
                (ConsoleLog.Speed(r.ImagesPerSecond), 6), ($"ETA {left}", 2),
            ];
        bool[] isTaken = new bool[parts.Length];
        int used = 0;
        foreach (int i in Enumerable.Range(0, parts.Length).OrderBy(i => parts[i].Rank))
        {
            int needed = TextWrap.Cells(parts[i].Text) + (used > 0 ? 1 : 0);
            if (used + needed > width) continue;
            isTaken[i] = true;
            used += needed;
        }

        string line = string.Join(' ', parts.Where((_, i) => isTaken[i]).Select(p => p.Text));
        int room = width - used - 1;
        return used > 0 && room >= ShortestBar && isTaken.All(t => t) ? $"{Bar((double)r.Step / r.StepsPerEpoch, Math.Min(room, LongestBar), isUnicode)} {line}" : line;
    }

    private static string Bar(double share, int width, bool isUnicode)
    {
        int done = (int)Math.Round(Math.Clamp(share, 0, 1) * width);
        return new string(isUnicode ? '━' : '#', done) + new string(isUnicode ? '─' : '.', width - done);
    }
}
