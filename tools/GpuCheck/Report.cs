namespace WrnEngine.Tools.GpuCheck;

/// <summary>What became of a figure or a step. The names are those of the report.</summary>
internal enum Outcome
{
    /// <summary>It is there.</summary>
    Done,

    /// <summary>Something that should have worked did not.</summary>
    Failed,

    /// <summary>What it needs is not on this machine or not in this build.</summary>
    Absent,

    /// <summary>Of a step: it has not been run.</summary>
    NotRun,
}

/// <summary>One figure.</summary>
/// <param name="Name">Unique within its step.</param>
/// <param name="Value">Null unless it is done.</param>
/// <param name="Unit">Of the value.</param>
/// <param name="Command">What printed it, as one types it.</param>
/// <param name="Outcome">Whether it is there.</param>
/// <param name="Reason">Why it is not.</param>
/// <param name="Simulated">Measured on the simulator: it says that the measurement works, and nothing about a GPU.</param>
internal sealed record Figure(string Name, double? Value, string Unit, string Command, Outcome Outcome, string? Reason, bool Simulated);

/// <summary>One op and shape of a step beside the limits of the card.</summary>
/// <param name="Op">Name of the op.</param>
/// <param name="Shape">Shapes, and what was fused with it.</param>
/// <param name="CallsPerStep">How often.</param>
/// <param name="SecondsPerStep">All calls together.</param>
/// <param name="FlopsPerCall">By the definition of the op.</param>
/// <param name="BytesPerCall">Of the tensors that are read and written.</param>
/// <param name="LimitSeconds">The least that these calls can take on the card: the larger of arithmetic and bytes; null where the card's peaks are not known.</param>
/// <param name="Bound"><c>arithmetic</c> or <c>bytes</c>.</param>
/// <param name="ShareOfLimit">LimitSeconds / SecondsPerStep.</param>
internal sealed record LayerRow(
    string Precision, string Op, string Shape, double CallsPerStep, double SecondsPerStep, double FlopsPerCall, double BytesPerCall, double? LimitSeconds, string? Bound, double? ShareOfLimit);

/// <summary>A step as the report has it, and as it is kept in a file of its own.</summary>
/// <param name="Name">What <c>--only</c> calls it.</param>
/// <param name="Outcome">Failed when one of its figures is; absent when none is there.</param>
/// <param name="Reason">The first reason of a figure that is not there.</param>
/// <param name="Build">The build that was measured.</param>
/// <param name="Started">When, UTC.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Figures">What it measured.</param>
/// <param name="Layers">Rows of the step that measures ops, else empty.</param>
/// <param name="Notes">What a reader should know, such as names of tests that failed.</param>
internal sealed record StepReport(
    string Name, Outcome Outcome, string? Reason, string Build, DateTime Started, double Seconds, IReadOnlyList<Figure> Figures, IReadOnlyList<LayerRow> Layers, IReadOnlyList<string> Notes);

/// <summary>The card and its driver.</summary>
/// <param name="Name">As the driver calls it, or the simulator's description.</param>
/// <param name="ComputeCapability"><c>9.0</c>, or null.</param>
/// <param name="Multiprocessors">How many, or null.</param>
/// <param name="MemoryBytes">In all, or null.</param>
/// <param name="Driver">The driver's version, or null.</param>
/// <param name="CudaVersion">The newest CUDA that the driver serves, or null.</param>
internal sealed record Card(string Name, string? ComputeCapability, int? Multiprocessors, long? MemoryBytes, string? Driver, string? CudaVersion);

/// <summary>gpu-report.json.</summary>
/// <param name="Schema">Rises when a field changes its meaning.</param>
/// <param name="Date">When it was written, UTC.</param>
/// <param name="Build">Version and commit of the programs.</param>
/// <param name="Device">What <c>--device</c> said.</param>
/// <param name="Simulated">No GPU was involved.</param>
/// <param name="Small">A rehearsal: sizes that say nothing about speed.</param>
/// <param name="Card">The card, or null when the devices step has not found one.</param>
/// <param name="System">Operating system and processor count of the host.</param>
/// <param name="Software">Versions of what was used besides: Python, PyTorch, compute-sanitizer.</param>
/// <param name="Steps">All of them, in order.</param>
internal sealed record GpuReport(
    int Schema, DateTime Date, string Build, string Device, bool Simulated, bool Small, Card? Card, string System, IReadOnlyDictionary<string, string> Software, IReadOnlyList<StepReport> Steps)
{
    /// <summary>The schema that this code writes and docs/gpu.md describes.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Before anything was measured.</summary>
    public static GpuReport Empty { get; } = new(CurrentSchema, DateTime.UnixEpoch, "", "", false, false, null, "", new Dictionary<string, string>(), []);

    /// <summary>A figure by step and name, or null.</summary>
    public Figure? Find(string step, string name) => Steps.FirstOrDefault(s => s.Name == step)?.Figures.FirstOrDefault(f => f.Name == name);
}
