namespace WrnEngine.Training.Data.Download;

/// <summary>
/// Keeps two processes from downloading the same data set at once: an open file that others cannot open. The system closes it with the
/// process, whatever happens to that; the empty file stays, since removing it would let two waiting processes in.
/// </summary>
internal static class DownloadLock
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    /// <summary>Removes the file, and the folder if there is nothing else in it.</summary>
    public static void Remove(string folder, RemoteDataset set)
    {
        try
        {
            File.Delete(PathIn(folder, set));
            Directory.Delete(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // There is something else in it, or somebody else.
        }
    }

    /// <summary>Takes the lock, after whoever has it.</summary>
    /// <param name="folder">The data folder.</param>
    /// <param name="set">What is downloaded.</param>
    /// <param name="patience">Ends the waiting when the user wants to stop.</param>
    /// <param name="onWait">Told once, when somebody else has it.</param>
    /// <exception cref="IOException">The file cannot be made.</exception>
    public static FileStream Take(string folder, RemoteDataset set, Patience patience, Action<string> onWait)
    {
        string path = PathIn(folder, set);
        for (bool isFirst = true; ; isFirst = false)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            }
            catch (IOException e) when (HeldFile.Is(e))
            {
                if (isFirst) onWait($"Another process is downloading {set.Title} into {folder}; waiting for it.");
                patience.Sleep(Poll);
            }
        }
    }

    private static string PathIn(string folder, RemoteDataset set) => Path.Combine(folder, $".{set.Key}.download.lock");
}
