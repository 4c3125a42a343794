using System.Text;
using WrnEngine.Models.Safetensors;
using WrnEngine.Training.Experiments.Judgement;
using WrnEngine.Training.Experiments.Results;

namespace WrnEngine.Training.Experiments.Reporting;

/// <summary>What experiments have found as a document in markdown. The same results make the same document.</summary>
internal static class ExperimentDocument
{
    /// <summary>Writes it, in one piece.</summary>
    public static void Write(IReadOnlyList<ExperimentResults> results, string path) =>
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(Of(results))));

    /// <summary>The document.</summary>
    public static string Of(IReadOnlyList<ExperimentResults> results)
    {
        IReadOnlyList<Verdict>[] verdicts = [.. results.Select(Verdict.All)];
        var text = new StringBuilder("# Experiments\n\n");
        text.Append(Markdown.Wrap($"What tables, figures and claims of the paper on wide residual networks come to with this engine. {ExperimentWords.Tally(verdicts.SelectMany(v => v))}"));
        text.Append('\n').Append(Markdown.Wrap(Markdown.Text(ExperimentWords.Method))).Append('\n');
        if (results.Any(r => !r.Plan.IsAsPaper)) text.Append(Markdown.Wrap(ExperimentWords.Budget)).Append('\n');
        // A campaign has one command for all its experiments.
        bool sharesCommand = results.Count > 1 && results.All(r => r.Command == results[0].Command);
        if (sharesCommand) AddCommand(text, "To get all of it again:", results[0]);
        if (verdicts.Any(v => v.Count > 0)) text.Append("## Claims\n\n");
        for (int i = 0; i < results.Count; i++)
        {
            if (verdicts[i].Count == 0) continue;
            text.Append("### ").Append(Markdown.Text(results[i].Plan.Experiment.Title)).Append("\n\n");
            foreach (var verdict in verdicts[i]) text.Append(Claim(verdict));
            text.Append('\n');
        }

        foreach (var result in results) AddExperiment(text, result, withCommand: !sharesCommand);
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static string Claim(Verdict v) => Markdown.Wrap(
        $"- **{ExperimentWords.Of(v.Mark)}**: {Markdown.Text(v.Claim.Says)} ({Markdown.Text(ExperimentWords.Where(v))}) {Markdown.Text(v.Reason)}", indent: 2);

    private static void AddCommand(StringBuilder text, string heading, ExperimentResults results) =>
        text.Append(heading).Append("\n\n").Append(Markdown.CodeBlock(results.Command)).Append('\n');

    private static void AddExperiment(StringBuilder text, ExperimentResults results, bool withCommand)
    {
        var experiment = results.Plan.Experiment;
        var cells = ExperimentCells.Of(results);
        text.Append("## ").Append(Markdown.Text(experiment.Title)).Append("\n\n");
        text.Append(Markdown.Wrap(Markdown.Text($"{Capital(experiment.Source)}; {ExperimentWords.Scale(results.Plan)}.")));
        text.Append(Markdown.Wrap(Markdown.Text(experiment.About))).Append('\n');
        text.Append(Markdown.Table(cells.Words, cells.Titles, cells.Rows)).Append('\n');
        List(cells.Notes);
        if (ExperimentProgress.Left(results) is { } left) text.Append(Markdown.Wrap(Markdown.Text(left))).Append('\n');
        if (experiment.Inconsistencies.Count > 0)
        {
            text.Append("Where the paper disagrees with itself:\n\n");
            List(experiment.Inconsistencies);
        }

        if (withCommand) AddCommand(text, "To get it again:", results);
        var facts = RunFacts.Of(results);
        string date = facts.Date is { } day ? $" Finished on {day}." : "", version = facts.Versions.Count > 0 ? $" WrnEngine {string.Join(", ", facts.Versions)}." : "";
        text.Append(Markdown.Wrap(Markdown.Text($"Machine: {string.Join(" and ", facts.Machines)}.{date}{version}"))).Append('\n');
        if (RunsFolder(results) is { } folder) text.Append(Markdown.Wrap($"Runs: {Markdown.Code(folder)}")).Append('\n');

        void List(IReadOnlyList<string> items)
        {
            foreach (string item in items) text.Append(Markdown.Wrap($"- {Markdown.Text(item)}", indent: 2));
            if (items.Count > 0) text.Append('\n');
        }
    }

    /// <summary>The folder above the run folders; null without runs.</summary>
    private static string? RunsFolder(ExperimentResults results)
    {
        var folders = results.Cells.SelectMany(c => c.Runs).Select(r => RunPaths.Relative(r.Folder, Environment.CurrentDirectory))
            .Select(f => f.LastIndexOf('/') is > 0 and var at ? f[..at] : f).Distinct().ToList();
        return folders.Count == 0 ? null : string.Join(", ", folders.Take(3));
    }

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
