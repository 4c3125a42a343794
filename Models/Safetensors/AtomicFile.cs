using System.Runtime.InteropServices;

namespace WrnEngine.Models.Safetensors;

/// <summary>
/// Replaces a file as a whole: at every moment, also after a crash or a power cut, the path holds the old content or the new one.
/// </summary>
public static partial class AtomicFile
{
    /// <summary>
    /// Appended to the path while the new content is being written. The name is fixed, so that what a killed process left behind is
    /// overwritten by the next one instead of piling up.
    /// </summary>
    public const string TemporarySuffix = ".tmp";

    /// <summary>
    /// Writes to a temporary file in the same folder, flushes it to the disk, renames it over <paramref name="path"/> and flushes the folder.
    /// </summary>
    /// <param name="path">The file to replace or create; its folder exists.</param>
    /// <param name="write">Writes the content to a seekable stream.</param>
    /// <exception cref="IOException">The file could not be written; the old one is untouched and the temporary one removed.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string temporary = path + TemporarySuffix;
        string untouched = "";
        try
        {
            if (File.Exists(path)) untouched = "; the old file is untouched";
            try
            {
                var fault = FaultHook.Instance;
                fault?.Reached("before-write", path);
                using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None))
                {
                    if (fault is null) write(stream);
                    else fault.Write(stream, path, write);
                    fault?.Reached("after-write", path);
                    stream.Flush(flushToDisk: true);
                }
                fault?.Reached("after-fsync", path);
                File.Move(temporary, path, overwrite: true);
                fault?.Reached("after-rename", path);
            }
            catch
            {
                DeleteQuietly(temporary);
                throw;
            }
            untouched = "";
            FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"cannot write '{path}': {Reason(e)}{untouched}", e);
        }
    }

    /// <summary>A rename is on the disk only when the folder is. .NET has no call for it; Windows needs none.</summary>
    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        const int ReadOnly = 0, InvalidArgument = 22; // some file systems cannot flush folders and say so with EINVAL
        int descriptor = Open(folder, ReadOnly);
        int error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (descriptor >= 0)
        {
            if (Flush(descriptor) != 0) error = Marshal.GetLastPInvokeError();
            _ = Close(descriptor);
        }
        if (error is not (0 or InvalidArgument))
            throw new IOException($"the folder '{folder}' could not be flushed to the disk: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that led here is the one to report.
        }
    }

    /// <summary>The system's reason as the tail of a sentence, without the path that .NET adds to it.</summary>
    public static string Reason(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error switch
        {
            DirectoryNotFoundException => "its folder does not exist",
            UnauthorizedAccessException => "access is denied",
            _ => error.Message.Split(" : '")[0].TrimEnd('.'),
        };
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
