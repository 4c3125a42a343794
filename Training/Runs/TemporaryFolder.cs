namespace WrnEngine.Training.Runs;

/// <summary>A folder for a run that nobody wants to keep: it goes with all that is in it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    /// <summary>Makes one in the system's place for such folders.</summary>
    /// <exception cref="UserException">It can't be written.</exception>
    public TemporaryFolder() => FullPath = WriteCheck.Try(
        $"a folder in {Path.GetTempPath()}", () => Directory.CreateTempSubdirectory("wrn-fast-dev-run-").FullName);

    /// <summary>Where it is.</summary>
    public string FullPath { get; }

    /// <summary>Removes it.</summary>
    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}
