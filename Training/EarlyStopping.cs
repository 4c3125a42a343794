using System.Globalization;

namespace WrnEngine.Training;

/// <summary>Ends a run that no longer gets better: after so many evaluations in a row without a lower error. Its state travels in the checkpoints.</summary>
/// <param name="patience">Evaluations without a lower error; null never ends a run.</param>
internal sealed class EarlyStopping(int? patience)
{
    private const string BestKey = "patience_best_error", WaitedKey = "patience_waited";

    private double _best = double.PositiveInfinity;
    private int _waited;

    /// <summary>True when there have been enough.</summary>
    public bool IsOver => _waited >= patience;

    /// <summary>Takes note of an evaluation that the run has whatever its limits.</summary>
    /// <param name="error">The validation error, or the test error where nothing is held out.</param>
    public void Take(double error)
    {
        if (error < _best) (_best, _waited) = (error, 0);
        else _waited++;
    }

    /// <summary>Adds its state to a checkpoint's.</summary>
    public void Save(Dictionary<string, string> state)
    {
        if (patience is null || double.IsInfinity(_best)) return;
        state[BestKey] = _best.ToString("R", CultureInfo.InvariantCulture);
        state[WaitedKey] = _waited.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Goes on from a checkpoint's state; one that was written without patience has none.</summary>
    public void Restore(IReadOnlyDictionary<string, string> state)
    {
        if (!state.TryGetValue(BestKey, out string? best) || !state.TryGetValue(WaitedKey, out string? waited)) return;
        (_best, _waited) = (double.Parse(best, CultureInfo.InvariantCulture), int.Parse(waited, CultureInfo.InvariantCulture));
    }
}
