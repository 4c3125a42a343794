using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Profiling;

namespace WrnEngine.Training.Verbs;

/// <summary>The ops of a step with their time, and how that compares with what the processor can do.</summary>
internal static class OpTable
{
    private const double ClockTick = 1e-7; // the clock may stand still for the smallest ops

    private static readonly CompositeFormat Row = CompositeFormat.Parse("{0,-34} {1,-44} {2,5} {3,9} {4,6} {5,9} {6,6} {7,7}");

    /// <summary>Prints a row per op and shape, the longest first.</summary>
    /// <param name="timings">Sums over the steps.</param>
    /// <param name="steps">How many steps.</param>
    /// <param name="limits">The processor's.</param>
    /// <param name="output">Where to.</param>
    public static void Write(IReadOnlyCollection<OpTiming> timings, int steps, CpuLimits limits, TextWriter output)
    {
        double total = timings.Sum(t => t.Seconds);
        output.WriteLine(Line("op", "shape", "calls", "ms", "%", "GFLOP/s", "peak", "GB/s"));
        foreach (var t in timings.OrderByDescending(t => t.Seconds))
        {
            double seconds = Math.Max(t.Seconds / t.Calls, ClockTick), rate = 1e-9 * t.Flops / seconds;
            output.WriteLine(Line(
                t.Op, t.Detail, Text(t.Calls / steps, "F0"), Text(1e3 * t.Seconds / steps, "F2"), Text(100 * t.Seconds / total, "F1"),
                rate > 0 ? Text(rate, "F0") : "", rate > 0 ? Text(100 * rate / limits.GigaflopsPerSecond, "F0") + "%" : "", Text(1e-9 * t.Bytes / seconds, "F1")));
        }

        output.WriteLine(Line("all ops", "", "", Text(1e3 * total / steps, "F2"), "", "", "", ""));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"limits of this processor, measured: {limits.GigaflopsPerSecond:F0} GFLOP/s, {limits.GigabytesPerSecond:F1} GB/s read; Winograd's passes are counted by the multiplications they replace"));
    }

    /// <summary>The same for a result file.</summary>
    public static JsonArray ToJson(IReadOnlyCollection<OpTiming> timings, int steps) => [.. timings.OrderByDescending(t => t.Seconds).Select(t => new JsonObject
    {
        ["op"] = t.Op,
        ["shape"] = t.Detail,
        ["callsPerStep"] = (double)t.Calls / steps,
        ["secondsPerStep"] = t.Seconds / steps,
        ["flopsPerCall"] = t.Flops,
        ["bytesPerCall"] = t.Bytes,
    })];

    private static string Line(params object[] cells) => string.Format(CultureInfo.InvariantCulture, Row, cells).TrimEnd();

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
