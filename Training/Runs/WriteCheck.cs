using WrnEngine.Models.Safetensors;

namespace WrnEngine.Training.Runs;

/// <summary>Finds out early that a file or folder cannot be written.</summary>
internal static class WriteCheck
{
    /// <summary>For a file that will be written after some work: its folder is made and tried, the file itself is left as it is.</summary>
    /// <param name="path">The file, as the user wrote it.</param>
    /// <param name="option">The option that names it, for the message.</param>
    /// <exception cref="UserException">It is a folder, or the system refuses.</exception>
    public static void File(string path, string option)
    {
        string what = $"{option} {SafeText.Of(path)}";
        if (Directory.Exists(path)) throw new UserException(ExitCode.InputOutput, $"{what} is a folder; name a file.");
        Folder(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/", what);
    }

    /// <summary>Makes the folder if it isn't there, and a file in it that is gone again at once.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="what">What to call it in the message.</param>
    /// <exception cref="UserException">The system refuses.</exception>
    public static void Folder(string folder, string what) => Try(what, () =>
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, $".write-check-{Environment.ProcessId}");
        using var probe = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        probe.WriteByte(0);
        probe.Flush(flushToDisk: true);
        return true;
    });

    /// <summary>Writes something; what the system says against it becomes a sentence for the user.</summary>
    /// <param name="what">What to call the place in the message.</param>
    /// <param name="write">Writes.</param>
    /// <exception cref="UserException">The system refuses.</exception>
    public static T Try<T>(string what, Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException(ExitCode.InputOutput, $"{what} cannot be written ({AtomicFile.Reason(e)}); choose another place.", e);
        }
    }
}
