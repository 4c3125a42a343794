namespace WrnEngine.Tools.GpuCheck;

/// <summary>What a step has found so far.</summary>
internal sealed class StepResult(bool simulated)
{
    private readonly List<Figure> _figures = [];
    private readonly List<LayerRow> _layers = [];
    private readonly List<string> _notes = [];

    /// <summary>What was measured and what was not.</summary>
    public IReadOnlyList<Figure> Figures => _figures;

    /// <summary>Versions of what was used.</summary>
    public Dictionary<string, string> Software { get; } = [];

    /// <summary>The card, where this step looked for it.</summary>
    public Card? Card { get; set; }

    /// <summary>A figure that is there.</summary>
    public void Measured(string name, double value, string unit, string command)
    {
        if (double.IsFinite(value)) _figures.Add(new Figure(name, value, unit, command, Outcome.Done, null, simulated));
        else Failed(name, unit, command, $"the value is {value}");
    }

    /// <summary>A figure that should be there.</summary>
    public void Failed(string name, string unit, string command, string reason) => _figures.Add(new Figure(name, null, unit, command, Outcome.Failed, reason, simulated));

    /// <summary>A figure that cannot be there, and why.</summary>
    public void Absent(string name, string unit, string command, string reason) => _figures.Add(new Figure(name, null, unit, command, Outcome.Absent, reason, simulated));

    /// <summary>One op's row.</summary>
    public void Layer(LayerRow row) => _layers.Add(row);

    /// <summary>Something that a reader should know.</summary>
    public void Note(string text) => _notes.Add(text);

    /// <summary>The step as a whole.</summary>
    public StepReport Report(string name, string build, DateTime started, double seconds)
    {
        var outcome = _figures.Any(f => f.Outcome == Outcome.Failed) ? Outcome.Failed : _figures.Any(f => f.Outcome == Outcome.Done) ? Outcome.Done : Outcome.Absent;
        string? reason = outcome == Outcome.Done ? null : _figures.FirstOrDefault(f => f.Outcome == outcome)?.Reason ?? "nothing was measured";
        return new StepReport(name, outcome, reason, build, started, seconds, _figures, _layers, _notes);
    }
}
