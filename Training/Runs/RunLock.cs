using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace WrnEngine.Training.Runs;

/// <summary>
/// One run at a time in a folder. The lock is the system's, on an open file, and ends with the process however it ends; the file's text only
/// says whose it is. So a file that a killed process left behind locks nothing.
/// </summary>
internal sealed partial class RunLock : IDisposable
{
    /// <summary>The file, there while a run is alive.</summary>
    public const string FileName = "run.lock";

    private readonly string _path;
    private readonly FileStream _stream;

    private RunLock(string path, FileStream stream) => (_path, _stream) = (path, stream);

    /// <summary>Locks a folder that is there.</summary>
    /// <exception cref="UserException">Another run holds it.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static RunLock Take(string folder) => Take(folder, FileName);

    /// <summary>Locks what a file of another name in a folder stands for.</summary>
    /// <exception cref="UserException">Another process holds it.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static RunLock Take(string folder, string fileName)
    {
        string path = Path.Combine(folder, fileName);
        string holder = string.Create(
            CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName} since {DateTime.UtcNow:yyyy-MM-ddTHH:mm:ss.fffffffZ}");
        while (true)
        {
#pragma warning disable IDISP001 // The lock owns the stream from here on.
            if (!TryOpen(path, out var stream)) throw InUse(folder, ReadHolder(path));
#pragma warning restore IDISP001
            try
            {
                stream.SetLength(0);
                stream.Write(Encoding.UTF8.GetBytes(holder));
                stream.Flush(flushToDisk: true);
                if (ReadHolder(path) == holder) return new RunLock(path, stream);
            }
            catch
            {
                DeleteQuietly(path);
                stream.Dispose();
                throw;
            }

            stream.Dispose(); // the run before removed the file after we had opened it: what is locked has no name any more
        }
    }

    private static bool TryOpen(string path, [NotNullWhen(true)] out FileStream? stream)
    {
        // On Unix, None is an exclusive flock. On Windows others may read the text.
        var share = OperatingSystem.IsWindows() ? FileShare.Read | FileShare.Delete : FileShare.None;
        try
        {
            stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, share, bufferSize: 0);
            return true;
        }
        catch (IOException e) when (HeldFile.Is(e))
        {
            stream = null;
            return false;
        }
    }

    private static UserException InUse(string folder, string? holder)
    {
        var cause = new RunInUseException(string.IsNullOrWhiteSpace(holder) ? "another process" : holder);
        return new UserException(ExitCode.InputOutput, $"the run folder {folder} is in use by {cause.Holder}; wait until it ends, stop it, or give another --output.", cause);
    }

    /// <summary>The text of a file that may be locked, which .NET would refuse to open.</summary>
    private static string? ReadHolder(string path)
    {
        const int ReadOnly = 0, Longest = 200;
        try
        {
            using var file = OperatingSystem.IsWindows()
                ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete) : Open(path, ReadOnly);
            if (file.IsInvalid) return null;
            Span<byte> text = stackalloc byte[Longest];
            return Encoding.UTF8.GetString(text[..RandomAccess.Read(file, text, 0)]);
        }
        catch (IOException)
        {
            return null; // it is gone
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file left behind locks nothing.
        }
    }

    /// <summary>Removes the file and lets go of the lock, in this order: whoever locked it in between would hold a file without a name.</summary>
    public void Dispose()
    {
        DeleteQuietly(_path);
        _stream.Dispose();
    }
}
