namespace WrnEngine.Training.CommandLine;

/// <summary>What to profile, and where the files go.</summary>
internal static class ProfileOptions
{
    /// <summary>How many measurements.</summary>
    public static Setting<int> Steps { get; } = new("--steps", "N", "measured steps, after two unmeasured ones", 5, Read.Int(1));

    /// <summary>The folder of the page and the trace.</summary>
    public static Setting<string?> Output { get; } = new(
        "--output", "DIR", "where profile.html and trace.json go (Chrome's trace format: Perfetto, chrome://tracing)", null, Read.Text, "runs/profile-<name>-<time>");

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new("Profiling", Steps, Output);
}
