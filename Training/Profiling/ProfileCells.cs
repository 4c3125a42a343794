using System.Globalization;
using WrnEngine.Training.Simulation;

namespace WrnEngine.Training.Profiling;

/// <summary>The figures of a profile as text, once for the terminal and the page.</summary>
internal static class ProfileCells
{
    /// <summary>Titles of <see cref="Of(ProfileRow, Profile)"/>; the first three are words, the others numbers.</summary>
    public static IReadOnlyList<string> Titles(Profile profile) =>
        ["op", "pass", "shape", "calls", "ms", "%", "MB live", "GFLOP/s", "GB/s", "FLOP/B", .. profile.Limits is null ? (string[])[] : ["% of roof"]];

    /// <summary>Titles of <see cref="Of(string, OpCounts, int)"/>; the first is a word.</summary>
    public static IReadOnlyList<string> KernelTitles { get; } = ["kernel", "launches", "warp instructions", "lanes %", "MFLOP", "sectors", "sectors/request", "bank conflicts"];

    /// <summary>A row of ops.</summary>
    public static IReadOnlyList<string> Of(ProfileRow row, Profile profile) =>
    [
        row.Op, PassName(row.Phase), row.Detail, Text(row.Calls, "F0"), Text(1e3 * row.Seconds, "F3"), Text(100 * row.Seconds / profile.OpSeconds, "F1"), Text(1e-6 * row.LiveBytes, "F1"),
        row.Flops > 0 ? Text(row.GigaflopsPerSecond, "F1") : "-", Text(row.GigabytesPerSecond, "F1"), row.Flops > 0 ? Text(row.Intensity, "F2") : "-",
        .. profile.Limits is { } limits ? (string[])[Text(100 * row.RoofShare(limits), "F0")] : [],
    ];

    /// <summary>A row of kernels; all numbers are of one step.</summary>
    public static IReadOnlyList<string> Of(string kernel, OpCounts counts, int steps) =>
    [
        kernel, Text(counts.Launches / steps, "N0"), Text(counts.WarpInstructions / steps, "N0"), Text(counts.ThreadInstructions / (0.32 * Math.Max(1, counts.WarpInstructions)), "F0"),
        Text(1e-6 * counts.Flops / steps, "F3"), Text(counts.GlobalSectors / steps, "N0"), counts.GlobalRequests > 0 ? Text((double)counts.GlobalSectors / counts.GlobalRequests, "F1") : "-",
        Text(counts.BankConflicts / steps, "N0"),
    ];

    /// <summary>The part of the step, as one writes it.</summary>
    public static string PassName(StepPhase phase) => phase switch
    {
        StepPhase.Forward => "forward",
        StepPhase.Backward => "backward",
        _ => "update",
    };

    /// <summary>How long a step took.</summary>
    public static string StepTime(Profile profile) => Text(1e3 * profile.StepSeconds, "F2") + " ms";

    /// <summary>The most memory.</summary>
    public static string Memory(Profile profile) => Text(1e-6 * profile.PeakBytes, "F1") + " MB";

    /// <summary>The limit of arithmetic.</summary>
    public static string Arithmetic(ProfileLimits limits) => Text(limits.GigaflopsPerSecond, "F0") + " GFLOP/s";

    /// <summary>The limit of memory.</summary>
    public static string Bandwidth(ProfileLimits limits) => Text(limits.GigabytesPerSecond, "F1") + " GB/s";

    /// <summary>A number in the words of everybody.</summary>
    public static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
