using System.Net.Http;

namespace WrnEngine.Training.Data.Download;

/// <summary>Brings a data set into the data folder: from files that somebody put there, or from the network.</summary>
internal sealed class DatasetDownload : IDisposable
{
    private readonly Terminal _terminal;
    private readonly DownloadLimits _limits;
    private readonly Patience _patience;
    private readonly HttpClient _client;

    /// <summary>A downloader.</summary>
    /// <param name="terminal">Where progress goes.</param>
    /// <param name="stop">The wish to stop.</param>
    /// <param name="limits">How long it waits for what.</param>
    /// <param name="createHandler">Makes the way to the network; the system's own when left out.</param>
    public DatasetDownload(Terminal terminal, StopSignal stop, DownloadLimits? limits = null, Func<HttpMessageHandler>? createHandler = null)
    {
        _terminal = terminal;
        _limits = limits ?? new DownloadLimits();
        _patience = new Patience(() => stop.IsRequested, () => stop.ExitCode);
        _client = new HttpClient(createHandler?.Invoke() ?? HttpFetch.CreateHandler(_limits)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Completes a data set.</summary>
    /// <param name="set">Which.</param>
    /// <param name="dataDirectory">Where; it is made when it isn't there.</param>
    /// <param name="withExtra">With the files that belong to it only when asked for.</param>
    /// <param name="isAsked">The user asked for it: then it may take its time.</param>
    /// <exception cref="DatasetException">It does not work: what was tried, and where to put the files by hand.</exception>
    /// <exception cref="UserException">The user wants to stop.</exception>
    public void Run(RemoteDataset set, string dataDirectory, bool withExtra, bool isAsked)
    {
        if (set.IsComplete(dataDirectory, withExtra)) return;
        bool isNew = !Directory.Exists(dataDirectory);
        try
        {
            Directory.CreateDirectory(dataDirectory);
            using var taken = DownloadLock.Take(dataDirectory, set, _patience, _terminal.Notice);
            if (set.IsComplete(dataDirectory, withExtra)) return; // whoever had the lock did it
            string folder = set.FolderIn(dataDirectory);
            var fetch = new HttpFetch(_client, _limits, _patience);
            var files = new FileDownload(fetch, _limits, _patience, new DownloadProgress(_terminal), isAsked);
            if (set.Members.Count > 0) Unpack(set, files, dataDirectory, folder);
            else Get(set, files, folder, withExtra);
            _terminal.Out.WriteLine($"{set.Title} is in {folder}.");
            _terminal.Out.Flush();
        }
        catch (DatasetException) when (isNew && !isAsked)
        {
            DownloadLock.Remove(dataDirectory, set); // nobody asked, so nothing stays behind
            throw;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException(
                DatasetError.Unreadable, $"{set.Title} cannot be put into {dataDirectory} ({e.Message.TrimEnd('.')}); give another --data-dir.", e);
        }
    }

    private void Unpack(RemoteDataset set, FileDownload files, string dataDirectory, string folder)
    {
        RemoteFile file = set.Files[0];
        string archive = Path.Combine(dataDirectory, file.Name);
        bool isOurs = !File.Exists(archive);
        if (isOurs) Download(set, files, file, archive);
        else if (FileHashes.Problem(archive, file) is { } problem)
        {
            throw new DatasetException(
                DatasetError.Invalid, $"{archive} is not the archive of {set.Title}: {problem}; remove it, or put the right one there.");
        }

        _terminal.Out.WriteLine($"Unpacking {archive}");
        _terminal.Out.Flush();
        TarArchive.Unpack(archive, set.Members, folder);
        if (isOurs) File.Delete(archive);
    }

    private static void Get(RemoteDataset set, FileDownload files, string folder, bool withExtra)
    {
        Directory.CreateDirectory(folder);
        foreach (RemoteFile file in set.Files.Where(f => withExtra || !f.IsExtra))
        {
            string path = Path.Combine(folder, file.Name);
            if (!File.Exists(path)) Download(set, files, file, path);
        }
    }

    private static void Download(RemoteDataset set, FileDownload files, RemoteFile file, string path)
    {
        try
        {
            files.Run(file, path);
        }
        catch (FetchFailure e)
        {
            string hash = file.Sha256 is { } sha256 ? $"SHA-256 {sha256}" : $"MD5 {file.Md5}";
            throw new DatasetException(
                DatasetError.NotFound,
                $"{set.Title} could not be downloaded: {e.Message}. Get {file.Name} ({file.SizeText}, {hash}) in another way and put it into "
                + $"{Path.GetDirectoryName(path)}, or use --dataset synthetic.",
                e);
        }
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _client.Dispose();
}
