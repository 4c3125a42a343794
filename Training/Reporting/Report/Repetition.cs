using WrnEngine.Training.Reporting.Pages;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Reporting.Report;

/// <summary>What somebody needs who wants the same numbers again: commands, seeds, the machine, hashes, every option, every epoch.</summary>
internal static class Repetition
{
    private const int MostEpochs = 300;

    /// <summary>The section.</summary>
    public static Html Of(RunRecord run)
    {
        var o = run.Outcome;
        var commands = o.List<string>("commands");
        (string, string?)[] facts =
        [
            ("seed", run.Config["seed"]?.ToJsonString()), ("device", o.Word("device")), ("processor", o.Word("processor")), ("system", o.Word("system")),
            ("runtime", o.Word("runtime")), ("WrnEngine", o.Word("version")), ("SHA-256 of last.safetensors", o.Word("sha256")),
            ("SHA-256 of the images and labels", o is null ? null : o.Word("sha256OfImages") ?? "not taken: the images are decoded when they are read"),
            ("folder", run.Folder),
        ];
        string what = commands.Count > 1 ? "The run was stopped and went on; its commands in their order:"
            : commands.Count == 0 ? "The command is written down when the run ends." : "";
        return Html.Of(
            $"""
            <p class="quiet">{what}</p>{commands.Select(c => Html.Of($"<pre class=\"command\">{c}</pre>"))}
            <div class="scroll"><table class="facts"><tbody>
            {facts.Where(f => f.Item2 is not null).Select(f => Html.Of($"<tr><th>{f.Item1}</th><td><code>{f.Item2}</code></td></tr>\n"))}</tbody></table></div>
            <details><summary>Every option</summary><pre>{JsonFile.Text(run.Config)}</pre></details>
            <details><summary>Every epoch</summary>{(run.Epochs.Count <= MostEpochs ? Epochs(run) : Html.Of($"<p class=\"quiet\">{run.Epochs.Count:N0} epochs are too many for a table here; metrics.csv has them.</p>"))}</details>

            """);
    }

    private static Html Epochs(RunRecord run) => Html.Of(
        $"""
        <div class="scroll"><table class="epochs"><thead><tr><th>epoch</th><th>lr</th><th>training loss</th><th>error</th><th>held-out error</th><th>test loss</th><th>error</th><th>seconds</th></tr></thead><tbody>
        {run.Epochs.Select(e => Html.Of($"<tr><td>{e.Epoch}<td>{e.Lr:G4}<td>{e.TrainLoss:F4}<td>{e.TrainError:F2}<td>{e.ValError?.ToString("F2", null)}<td>{e.TestLoss?.ToString("F4", null)}<td>{e.TestError?.ToString("F2", null)}<td>{e.Seconds:F1}\n"))}
        </tbody></table></div>
        """);
}
