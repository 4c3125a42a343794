using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using WrnEngine.Devices.Profiling;

namespace WrnEngine.Training.Simulation;

/// <summary>The ops of a step with what their kernels did on the simulator, next to what the op needs at least.</summary>
internal static class KernelTable
{
    private static readonly CompositeFormat Row =
        CompositeFormat.Parse("{0,-34} {1,-44} {2,5} {3,7} {4,10} {5,6} {6,9} {7,9} {8,8} {9,8} {10,8} {11,9}");

    /// <summary>Prints a row per op and shape, those with the most instructions first.</summary>
    /// <param name="timings">The ops.</param>
    /// <param name="counts">What their kernels did.</param>
    /// <param name="steps">Steps that both were summed over.</param>
    /// <param name="output">Where to.</param>
    public static void Write(IReadOnlyCollection<OpTiming> timings, KernelCounts counts, int steps, TextWriter output)
    {
        output.WriteLine(Line("op", "shape", "calls", "kernels", "warp instr", "lanes", "MFLOP", "least", "MB", "least", "sec/req", "conflicts"));
        foreach (var (op, c) in Rows(timings, counts))
        {
            int calls = op.Calls / steps;
            output.WriteLine(Line(
                op.Op, op.Detail, calls, c.Launches / steps, Thousands(c.WarpInstructions / steps), Text(c.ThreadInstructions / (0.32 * Math.Max(1, c.WarpInstructions)), "F0") + "%",
                Text(1e-6 * c.Flops / steps, "F2"), op.Flops > 0 ? Text(1e-6 * op.Flops * calls, "F2") : "", Text(1e-6 * c.Bytes / steps, "F2"),
                Text(1e-6 * op.Bytes * calls, "F2"), c.GlobalRequests > 0 ? Text((double)c.GlobalSectors / c.GlobalRequests, "F1") : "", c.BankConflicts / steps));
        }

        long instructions = Rows(timings, counts).Sum(r => r.Counts.WarpInstructions);
        output.WriteLine(Line("all ops", "", "", Rows(timings, counts).Sum(r => r.Counts.Launches) / steps, Thousands(instructions / steps), "", "", "", "", "", "", ""));
        output.WriteLine(
            "all numbers are per step; least: by the definition of the op, every tensor read or written once. MB: 32-byte sectors, no cache. "
            + "sec/req: sectors per warp-wide access, 4 for coalesced 4-byte and 16 for 16-byte elements");
    }

    /// <summary>The same for a result file.</summary>
    public static JsonArray ToJson(IReadOnlyCollection<OpTiming> timings, KernelCounts counts, int steps) => [.. Rows(timings, counts).Select(r => new JsonObject
    {
        ["op"] = r.Op.Op,
        ["shape"] = r.Op.Detail,
        ["callsPerStep"] = (double)r.Op.Calls / steps,
        ["kernelsPerStep"] = (double)r.Counts.Launches / steps,
        ["warpInstructionsPerStep"] = (double)r.Counts.WarpInstructions / steps,
        ["threadInstructionsPerStep"] = (double)r.Counts.ThreadInstructions / steps,
        ["flopsPerStep"] = (double)r.Counts.Flops / steps,
        ["leastFlopsPerStep"] = r.Op.Flops * r.Op.Calls / steps,
        ["globalRequestsPerStep"] = (double)r.Counts.GlobalRequests / steps,
        ["globalSectorsPerStep"] = (double)r.Counts.GlobalSectors / steps,
        ["leastBytesPerStep"] = r.Op.Bytes * r.Op.Calls / steps,
        ["sharedRequestsPerStep"] = (double)r.Counts.SharedRequests / steps,
        ["bankConflictsPerStep"] = (double)r.Counts.BankConflicts / steps,
    })];

    private static IEnumerable<(OpTiming Op, OpCounts Counts)> Rows(IReadOnlyCollection<OpTiming> timings, KernelCounts counts) =>
        timings.Select(t => (Op: t, Counts: counts.Of(t))).Where(r => r.Counts is not null).Select(r => (r.Op, r.Counts!)).OrderByDescending(r => r.Item2.WarpInstructions);

    private static string Line(params object[] cells) => string.Format(CultureInfo.InvariantCulture, Row, cells).TrimEnd();

    private static string Thousands(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
