using System.Text.Json.Nodes;

namespace WrnEngine.Training.Profiling;

/// <summary>
/// trace.json, for Perfetto or chrome://tracing: complete events of steps, of their parts in them, and of ops in these, and the memory as a counter.
/// Source: the trace event format of Chrome's tracing, "complete events" and "counter events"; times are in microseconds.
/// </summary>
internal static class ChromeTrace
{
    private const int Process = 1, Thread = 1;

    /// <summary>The file.</summary>
    public static JsonObject Create(Profile profile, StepRecorder recorder)
    {
        var events = new JsonArray(
            Name("process_name", $"{profile.Network}, batch {profile.Batch}, {profile.Device}"),
            Name("thread_name", "ops"));
        foreach (var span in recorder.Steps) events.Add(Complete(span.Name, "step", span.Start, span.End, []));
        foreach (var span in recorder.Phases) events.Add(Complete(span.Name.ToLowerInvariant(), "pass", span.Start, span.End, []));
        foreach (var call in recorder.Calls)
        {
            events.Add(Complete(call.Op, "op", call.Start, call.Start + call.Seconds, new JsonObject
            {
                ["shape"] = call.Detail,
                ["pass"] = ProfileCells.PassName(call.Phase),
                ["step"] = call.Step + 1,
                ["flops"] = call.Flops,
                ["bytes"] = call.Bytes,
            }));
            events.Add(new JsonObject
            {
                ["name"] = "tensors",
                ["ph"] = "C",
                ["ts"] = Microseconds(call.Start + call.Seconds),
                ["pid"] = Process,
                ["args"] = new JsonObject { ["bytes"] = call.LiveBytes },
            });
        }

        return new JsonObject { ["displayTimeUnit"] = "ms", ["traceEvents"] = events };
    }

    private static JsonObject Complete(string name, string category, double start, double end, JsonObject arguments) => new()
    {
        ["name"] = name,
        ["cat"] = category,
        ["ph"] = "X",
        ["ts"] = Microseconds(start),
        ["dur"] = Microseconds(end) - Microseconds(start), // of the rounded ends, so that what is inside stays inside
        ["pid"] = Process,
        ["tid"] = Thread,
        ["args"] = arguments,
    };

    private static JsonObject Name(string what, string name) => new()
    {
        ["name"] = what,
        ["ph"] = "M",
        ["pid"] = Process,
        ["tid"] = Thread,
        ["args"] = new JsonObject { ["name"] = name },
    };

    private static decimal Microseconds(double seconds) => Math.Round((decimal)(1e6 * seconds), 3);
}
