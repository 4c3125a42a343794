using System.Text.Json.Nodes;
using WrnEngine.Training.Checkpoints;

namespace WrnEngine.Training.Runs;

/// <summary>
/// What a run leaves behind: config.json, metrics.csv, last.safetensors and, with validation images, best.safetensors. As long as this object
/// lives, no other run gets the folder.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    private readonly RunLock _lock;
    private readonly bool _isNew;

    private RunFolder(string path, RunLock @lock, bool isNew) => (FullPath, _lock, _isNew) = (path, @lock, isNew);

    /// <summary>The folder, as the user wrote it.</summary>
    public string FullPath { get; }

    /// <summary>The state after the last epoch, or where the run was stopped.</summary>
    public string LastCheckpoint => Path.Combine(FullPath, Checkpoint.LastFileName);

    /// <summary>The state with the lowest error on the validation images.</summary>
    public string BestCheckpoint => Path.Combine(FullPath, Checkpoint.BestFileName);

    /// <summary>One row per epoch.</summary>
    public string Metrics => MetricsIn(FullPath);

    private string Config => Path.Combine(FullPath, "config.json");

    /// <summary>Where a run folder has its metrics.</summary>
    public static string MetricsIn(string folder) => Path.Combine(folder, "metrics.csv");

    /// <summary>Makes the folder, if it isn't there, and locks it, before anything else is done.</summary>
    /// <param name="path">Where.</param>
    /// <param name="resumes">The run in the folder goes on; otherwise there must be none, or its checkpoint would be lost.</param>
    /// <exception cref="UserException">It can't be written, is in use, or holds another run.</exception>
    public static RunFolder Claim(string path, bool resumes)
    {
        bool isNew = !Directory.Exists(path);
#pragma warning disable IDISP001, IDISP017 // It goes to the caller, or is disposed here.
        var taken = WriteCheck.Try($"the run folder {path}", () =>
        {
            Directory.CreateDirectory(path);
            return RunLock.Take(path);
        });
        var folder = new RunFolder(path, taken, isNew);
        if (resumes || !File.Exists(folder.LastCheckpoint)) return folder;
        folder.Dispose();
#pragma warning restore IDISP001, IDISP017
        throw new UserException(
            ExitCode.Usage,
            $"--output {path} already holds a run; go on with it ({CommandLine.Invocation.Command("--resume", path)}) or give another folder.");
    }

    /// <summary>Writes config.json.</summary>
    /// <param name="config">What the run is.</param>
    public void Describe(JsonObject config) => JsonFile.Write(Config, config);

    /// <summary>A name that no other run has: runs/name-time.</summary>
    public static string DefaultPath(string name, DateTime now) => Path.Combine("runs", $"{name}-{now:yyyyMMdd-HHmmss}");

    /// <summary>Gives the folder back. One that was made for a run that came to nothing is removed.</summary>
    public void Dispose()
    {
        _lock.Dispose();
        if (_isNew && Directory.Exists(FullPath) && !Directory.EnumerateFileSystemEntries(FullPath).Any()) Directory.Delete(FullPath);
    }
}
