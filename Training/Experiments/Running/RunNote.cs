using System.Text.Json.Nodes;
using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Reporting.Report;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Experiments.Running;

/// <summary>failed.json in a run folder: what a run said that came to nothing.</summary>
internal static class RunNote
{
    /// <summary>The file's name.</summary>
    public const string FileName = "failed.json";

    /// <summary>Writes it.</summary>
    public static void Write(RunFailure failure)
    {
        Directory.CreateDirectory(failure.Folder);
        JsonFile.Write(Path.Combine(failure.Folder, FileName), new JsonObject { ["exitCode"] = failure.ExitCode, ["sentence"] = failure.Sentence });
    }

    /// <summary>Forgets it: the run is tried again.</summary>
    public static void Remove(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (File.Exists(path)) File.Delete(path);
    }

    /// <summary>Reads it; null where there is none, or a damaged one: then the run is tried again.</summary>
    public static RunFailure? Read(string folder, ulong seed)
    {
        var json = JsonValues.FindObject(Path.Combine(folder, FileName));
        return json.Number("exitCode") is var code && double.IsFinite(code) ? new RunFailure(seed, folder, (int)code, json.Word("sentence") ?? "") : null;
    }
}
