namespace WrnEngine.Training.Data;

/// <summary>Finds the folder of a data set: the given one or its usual place below it.</summary>
internal static class DataFolder
{
    /// <summary>The folders to look in, in order: the given one, then the usual names below it.</summary>
    public static IEnumerable<string> Candidates(string dataDirectory, IEnumerable<string> usualFolders) =>
        usualFolders.Select(folder => Path.Combine(dataDirectory, folder)).Prepend(dataDirectory);

    /// <summary>The first folder that holds at least one of the files, or null: an incomplete set is found, and then complained about.</summary>
    public static string? Find(IEnumerable<string> candidates, IEnumerable<string> files) =>
        candidates.FirstOrDefault(folder => files.Any(file => File.Exists(Path.Combine(folder, file))));

    /// <summary>Runs a read, and turns what the system refuses into one sentence.</summary>
    public static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DatasetException(DatasetError.NotFound, $"{path} is missing; put the file there or point --data-dir elsewhere.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException(
                DatasetError.Unreadable, $"{path} can't be read ({e.Message.TrimEnd('.')}); check the disk and the file's permissions.", e);
        }
    }

    /// <summary>Runs 0 .. count - 1 on several threads. When some fail, the failure with the lowest number is thrown, whichever came first.</summary>
    public static void InParallel(int count, int threads, Action<int> work)
    {
        var gate = new object();
        (int Index, DatasetException? Error) first = (int.MaxValue, null);
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, (i, loop) =>
        {
            try
            {
                work(i);
            }
            catch (DatasetException e)
            {
                lock (gate)
                    if (i < first.Index)
                        first = (i, e);
                loop.Break();
            }
        });
        if (first.Error is { } error)
            throw new DatasetException(error.Error, error.Message, error);
    }
}
