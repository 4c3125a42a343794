using System.Text.Json.Nodes;
using WrnEngine.Training.Reporting.Pages;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Reporting.Report;

/// <summary>The report of one run, or of several side by side, as one page.</summary>
internal static class ReportPage
{
    /// <summary>The file's name in a run folder.</summary>
    public const string FileName = "report.html";

    private static readonly HashSet<string> NotCompared = ["output", "resume", "result", "config"];

    /// <summary>Writes the page of one run into its folder.</summary>
    /// <returns>Where.</returns>
    public static string Write(string folder)
    {
        string path = Path.Combine(folder, FileName);
        Write([RunRecord.Read(folder)], path);
        return path;
    }

    /// <summary>Writes a page.</summary>
    public static void Write(IReadOnlyList<RunRecord> runs, string path) =>
        Models.Safetensors.AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(Of(runs).ToString())));

    /// <summary>The page.</summary>
    public static HtmlPage Of(IReadOnlyList<RunRecord> runs)
    {
        bool isAlone = runs.Count == 1;
        string title = isAlone ? Title(runs[0]) : $"{runs.Count} runs";
        return new HtmlPage(title, Html.Of(
            $"""
            <header><h1>{title}</h1>{(isAlone ? Html.Of($"<p class=\"quiet\">{State(runs[0])}</p>") : Html.Empty)}</header>
            <main>
            {(isAlone ? Tiles(runs[0]) : Comparison(runs))}
            <h2>Curves</h2>
            {RunCharts.Of(runs)}
            {runs.Select(r => Html.Of($"<h2>{(isAlone ? "" : $"{r.Name}: ")}What the network gets wrong</h2>{TestSection.Of(r)}"))}
            {runs.Select(r => Html.Of($"<h2>{(isAlone ? "" : $"{r.Name}: ")}How to repeat it</h2>{Repeat(r)}"))}
            </main>
            """))
        {
            Style = "report.css",
        };
    }

    private static string Title(RunRecord run) => run.Outcome.Word("name") is { } name ? $"{run.Outcome.Word("network")}: {name}" : run.Name;

    private static string State(RunRecord run) => run.Outcome is { } o
        ? $"{End(o.Word("end"))} after {o.Number("steps"):N0} steps, {o.Word("finished")}."
        : $"Not ended: {run.Epochs.Count} epochs so far.";

    private static string End(string? end) => end switch
    {
        nameof(TrainingEnd.Finished) => "Finished",
        nameof(TrainingEnd.EarlyStopped) => "Stopped early",
        nameof(TrainingEnd.MaxSteps) => "Stopped at its limit of steps",
        nameof(TrainingEnd.MaxTime) => "Stopped at its limit of time",
        _ => "Stopped by a signal",
    };

    private static Html Tiles(RunRecord run)
    {
        var tiles = new List<Html>();
        var tested = run.Epochs.Where(e => e.TestError is not null).ToList();
        if (tested.Count > 0)
        {
            var best = tested.MinBy(e => e.TestError)!;
            Add("test error", $"{tested[^1].TestError:F2} %");
            Add("best test error", $"{best.TestError:F2} %, epoch {best.Epoch}");
        }

        if (run.Epochs.Count > 0)
        {
            Add("training error", $"{run.Epochs[^1].TrainError:F2} %");
            Add("epochs", $"{run.Epochs.Count}");
            Add("time", Durations.Text(TimeSpan.FromSeconds(run.Epochs.Sum(e => e.Seconds))));
        }

        if (run.Outcome is { } o)
        {
            if (double.IsFinite(o.Number("imagesPerSecond"))) Add("training speed", ConsoleLog.Speed(o.Number("imagesPerSecond")));
            Add("parameters", $"{o.Number("parameters"):N0}");
            Add("memory of tensors", $"{o.Number("peakBytes") / 1e6:N0} MB");
        }

        return Html.Of($"<div class=\"tiles\">{tiles}</div>");

        void Add(string label, string value) => tiles.Add(Html.Of($"<div class=\"tile\"><span>{label}</span><b>{value}</b></div>"));
    }

    /// <summary>Results in a row each, then the options in which the runs differ.</summary>
    private static Html Comparison(IReadOnlyList<RunRecord> runs)
    {
        var results = runs.Select(r =>
        {
            var tested = r.Epochs.Where(e => e.TestError is not null).ToList();
            string last = tested.Count > 0 ? $"{tested[^1].TestError:F2} %" : "", best = tested.Count > 0 ? $"{tested.Min(e => e.TestError):F2} %" : "";
            return Html.Of(
                $"<tr><th>{r.Name}</th><td class=\"number\">{last}</td><td class=\"number\">{best}</td><td class=\"number\">{r.Epochs.Count}</td><td class=\"number\">{Durations.Text(TimeSpan.FromSeconds(r.Epochs.Sum(e => e.Seconds)))}</td><td>{State(r)}</td></tr>\n");
        });
        var keys = runs.SelectMany(r => r.Config.Select(o => o.Key)).Distinct()
            .Where(k => !NotCompared.Contains(k) && runs.Select(r => Text(r.Config, k)).Distinct().Count() > 1);
        return Html.Of(
            $"""
            <div class="scroll"><table><thead><tr><th>run</th><th class="number">test error</th><th class="number">best</th><th class="number">epochs</th><th class="number">time</th><th>state</th></tr></thead><tbody>{results}</tbody></table></div>
            <h2>Options that differ</h2>
            <div class="scroll"><table><thead><tr><th>option</th>{runs.Select(r => Html.Of($"<th>{r.Name}</th>"))}</tr></thead><tbody>
            {keys.Select(k => Html.Of($"<tr><th>{k}</th>{runs.Select(r => Html.Of($"<td>{Text(r.Config, k)}</td>"))}</tr>\n"))}
            </tbody></table></div>

            """);
    }

    private static string Text(JsonObject config, string key) => config[key]?.ToJsonString() ?? "";

    private static Html Repeat(RunRecord run)
    {
        var o = run.Outcome;
        (string, string?)[] facts =
        [
            ("device", o.Word("device")), ("system", o.Word("system")), ("runtime", o.Word("runtime")), ("version", o.Word("version")),
            ("seed", Text(run.Config, "seed")), ("SHA-256 of last.safetensors", o.Word("sha256")), ("folder", run.Folder),
        ];
        return Html.Of(
            $"""
            {(o.Word("command") is { } command ? Html.Of($"<pre>{command}</pre>") : Html.Of($"<p class=\"quiet\">The command is written down when the run ends.</p>"))}
            <div class="scroll"><table class="facts"><tbody>{facts.Where(f => f.Item2 is not null).Select(f => Html.Of($"<tr><th>{f.Item1}</th><td><code>{f.Item2}</code></td></tr>\n"))}</tbody></table></div>
            <details><summary>Every option</summary><pre>{JsonFile.Text(run.Config)}</pre></details>
            <details><summary>Every epoch</summary>{EpochTable(run)}</details>

            """);
    }

    private static Html EpochTable(RunRecord run) => Html.Of(
        $"""
        <div class="scroll"><table><thead><tr><th class="number">epoch</th><th class="number">lr</th><th class="number">training loss</th><th class="number">error</th><th class="number">held-out error</th><th class="number">test loss</th><th class="number">error</th><th class="number">seconds</th></tr></thead><tbody>
        {run.Epochs.Select(e => Html.Of($"<tr><td class=\"number\">{e.Epoch}</td><td class=\"number\">{e.Lr:G4}</td><td class=\"number\">{e.TrainLoss:F4}</td><td class=\"number\">{e.TrainError:F2}</td><td class=\"number\">{e.ValError?.ToString("F2", null)}</td><td class=\"number\">{e.TestLoss?.ToString("F4", null)}</td><td class=\"number\">{e.TestError?.ToString("F2", null)}</td><td class=\"number\">{e.Seconds:F1}</td></tr>\n"))}
        </tbody></table></div>
        """);
}
