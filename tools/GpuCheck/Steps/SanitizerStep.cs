using System.Globalization;
using System.Text.RegularExpressions;

namespace WrnEngine.Tools.GpuCheck.Steps;

/// <summary>compute-sanitizer's four tools over the kernel tests; the simulator has the same four checks of its own, which its fixtures always run under.</summary>
internal sealed partial class SanitizerStep : IStep
{
    private const string Program = "compute-sanitizer";
    private static readonly string[] Tools = ["memcheck", "racecheck", "initcheck", "synccheck"];
    private static readonly string[] ToolkitVariables = ["CUDA_HOME", "CUDA_PATH"];
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(40);

    /// <inheritdoc/>
    public string Name => "sanitizer";

    /// <inheritdoc/>
    public void Run(StepContext context)
    {
        if (context.Settings.IsSimulated) Simulated(context);
        else if (Find() is { } program) Sanitize(context, program);
        else context.Result.Absent("compute-sanitizer", "findings", Program, "compute-sanitizer is neither on the PATH nor in a CUDA toolkit's folder");
    }

    private static void Simulated(StepContext context)
    {
        string filter = "TestCategory=Kernels&FullyQualifiedName~" + (context.Settings.IsSmall ? "IPoolOps" : "OpCaseTests");
        var (run, command) = context.Tests(filter, Limit);
        TestSummary.Record(context.Result, run, command);
        // The fixture fails a test on any finding of any check.
        if (TestSummary.Parse(run.Output) is { Failed: 0, Succeeded: > 0 })
            foreach (string tool in Tools) context.Result.Measured(tool, 0, "findings", command);
    }

    private static void Sanitize(StepContext context, string program)
    {
        context.Result.Software[Program] = context.Run(program, "--version").Result.Output.Split('\n').LastOrDefault(l => l.Contains("ersion", StringComparison.Ordinal))?.Trim() ?? "unknown";
        string filter = "TestCategory=Cuda&FullyQualifiedName~OpCaseTests" + (context.Settings.IsSmall ? "&FullyQualifiedName~IPoolOps" : "");
        var environment = new Dictionary<string, string> { ["WRN_ARENA"] = "off" }; // each buffer an allocation, whose ends the tools know
        foreach (string tool in Tools)
        {
            var (run, command) = context.Tests(filter, Limit, environment, program, "--tool", tool, "--target-processes", "all", "--print-limit", "20");
            int[] counts = [.. Summaries().Matches(run.Output).Select(m => int.Parse(m.Groups["count"].Value, CultureInfo.InvariantCulture))];
            if (counts.Length == 0) context.Result.Failed(tool, "findings", command, $"no summary was printed ({run.Reason})");
            else if (counts.Sum() > 0) context.Result.Failed(tool, "findings", command, $"{counts.Sum()} findings; the log has them");
            else context.Result.Measured(tool, 0, "findings", command);
            TestSummary.Record(context.Result, run, command, tool + ": ");
        }
    }

    private static string? Find()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(ToolkitVariables.Select(Environment.GetEnvironmentVariable).OfType<string>().Select(f => Path.Combine(f, "bin")))
            .Append("/usr/local/cuda/bin");
        return folders.Select(f => Path.Combine(f, Program)).FirstOrDefault(File.Exists);
    }

    /// <summary><c>ERROR SUMMARY: 0 errors</c>, <c>RACECHECK SUMMARY: 0 hazards displayed</c>.</summary>
    [GeneratedRegex(@"SUMMARY: (?<count>\d+) (error|hazard)")]
    private static partial Regex Summaries();
}
