using System.Text.Json.Nodes;
using WrnEngine.Training.Checkpoints;

namespace WrnEngine.Training.Runs;

/// <summary>What a run leaves behind: config.json, metrics.csv, last.safetensors and, with validation images, best.safetensors.</summary>
internal sealed class RunFolder
{
    private RunFolder(string path) => FullPath = path;

    /// <summary>The folder, as the user wrote it.</summary>
    public string FullPath { get; }

    /// <summary>The state after the last epoch, or where the run was stopped.</summary>
    public string LastCheckpoint => Path.Combine(FullPath, Checkpoint.LastFileName);

    /// <summary>The state with the lowest error on the validation images.</summary>
    public string BestCheckpoint => Path.Combine(FullPath, Checkpoint.BestFileName);

    /// <summary>One row per epoch.</summary>
    public string Metrics => Path.Combine(FullPath, "metrics.csv");

    private string Config => Path.Combine(FullPath, "config.json");

    /// <summary>Makes the folder and its config.json, before anything else is done.</summary>
    /// <param name="path">Where.</param>
    /// <param name="config">What the run is.</param>
    /// <param name="resumes">The run in the folder goes on; otherwise there must be none, or its checkpoint would be lost.</param>
    /// <exception cref="UserException">It can't be written, or holds another run.</exception>
    public static RunFolder Create(string path, JsonObject config, bool resumes)
    {
        var folder = new RunFolder(path);
        if (!resumes && File.Exists(folder.LastCheckpoint))
        {
            throw new UserException(
                ExitCode.Usage,
                $"--output {path} already holds a run; go on with it ({CommandLine.Invocation.Command("--resume", path)}) or give another folder.");
        }

        WriteCheck.Folder(path, $"the run folder {path}");
        JsonFile.Write(folder.Config, config);
        return folder;
    }

    /// <summary>A name that no other run has: runs/name-time.</summary>
    public static string DefaultPath(string name, DateTime now) => Path.Combine("runs", $"{name}-{now:yyyyMMdd-HHmmss}");
}
