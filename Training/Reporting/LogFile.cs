using WrnEngine.Models.Safetensors;

namespace WrnEngine.Training.Reporting;

/// <summary>
/// A file that only grows. Nothing is held back: what was appended is the system's, so that others see it at once and a killed process loses nothing
/// but, at most, the end of one entry.
/// </summary>
internal sealed class LogFile : IDisposable
{
    private readonly FileStream _stream;

    private LogFile(FileStream stream) => _stream = stream;

    /// <summary>The file.</summary>
    public string FullPath => _stream.Name;

    /// <summary>Opens a file for appending.</summary>
    /// <param name="path">Where; its folder exists.</param>
    /// <param name="mode">What becomes of an older one.</param>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static LogFile Open(string path, FileMode mode)
    {
#pragma warning disable IDISP004, CA2000 // The log owns the stream.
        return Guard(path, () => new LogFile(new FileStream(path, mode, FileAccess.Write, FileShare.Read, bufferSize: 0)));
#pragma warning restore IDISP004, CA2000
    }

    /// <summary>Appends an entry, in one piece.</summary>
    /// <exception cref="IOException">It can't be written; the message names the file.</exception>
    public void Append(byte[] entry) => Guard(FullPath, () =>
    {
        _stream.Write(entry);
        return true;
    });

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    private static T Guard<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"cannot write '{path}': {AtomicFile.Reason(e)}", e);
        }
    }
}
