using System.Diagnostics;

namespace WrnEngine.Training.Data.Download;

/// <summary>
/// Gets one file from the first of several places that gives it: in rounds, with longer and longer pauses, going on with what has arrived
/// wherever it came from. Only a file with the right hashes gets its name.
/// </summary>
internal sealed class FileDownload(HttpFetch fetch, DownloadLimits limits, Patience patience, IDownloadProgress progress, bool isAsked)
{
    /// <summary>What is appended to the name while bytes are missing.</summary>
    public const string PartSuffix = ".part";

    private const long Progress = 64 * 1024; // so many bytes make a failed round a good one

    private TimeSpan _waited; // in vain, for answers

    /// <summary>Downloads a file unless it is there.</summary>
    /// <param name="file">What to get.</param>
    /// <param name="path">Where to put it; its folder exists.</param>
    /// <exception cref="FetchFailure">No place gave it; the message names each with its reason.</exception>
    public void Run(RemoteFile file, string path)
    {
        string part = path + PartSuffix;
        var places = file.Urls.Select(url => new Place(new Uri(url))).ToList();
        for (int round = 0; ;)
        {
            long before = HttpFetch.Length(part);
            foreach (var place in places.Where(p => !p.IsOut).OrderByDescending(p => p.Speed).ToArray())
                if (Ask(place, places, file, part, path)) return;

            round = HttpFetch.Length(part) >= before + Progress ? 0 : round + 1;
            if (!isAsked || round >= limits.Rounds || places.All(p => p.IsOut))
                throw new FetchFailure(string.Join("; ", places.Select(p => $"{p.Url} ({p.Failure})")), isFinal: true);
            patience.Sleep(limits.Backoff * Math.Pow(2, Math.Max(0, round - 1)));
        }
    }

    /// <summary>
    /// Asks a place. What is wrong with a file that came from several places, or in part from an earlier run, need not be the fault of the last
    /// one: it is asked once more, for all of it.
    /// </summary>
    private bool Ask(Place place, List<Place> places, RemoteFile file, string part, string path)
    {
        for (int attempt = 0; attempt < 2; attempt++)
        {
            bool isAllFromHere = HttpFetch.Length(part) == 0;
            if (!Try(place, file, part, LimitFor(place, places))) return false;
            if (Finish(place, file, part, path)) return true;
            place.IsOut = isAllFromHere;
            if (isAllFromHere) return false;
        }

        return false;
    }

    private TimeSpan? LimitFor(Place place, List<Place> places)
    {
        if (!isAsked) return limits.Unasked;
        return place.Failure.Length == 0 && places.Any(p => p != place && !p.IsOut) ? limits.BeforeNextPlace : null;
    }

    private bool Try(Place place, RemoteFile file, string part, TimeSpan? timeLimit)
    {
        var answerLimit = isAsked ? limits.Connect + limits.Stall : limits.Connect - _waited;
        if (answerLimit <= TimeSpan.Zero)
        {
            place.Failure = "not tried, as there was no answer so far";
            return false;
        }

        place.Failure = "";
        bool hasAnswered = false;
        long start = Stopwatch.GetTimestamp();
        progress.Begin(file, place.Url, part);
        try
        {
            fetch.Run(place.Url, file, part, answerLimit, timeLimit, bytes =>
            {
                hasAnswered = true;
                progress.Report(bytes);
            });
            return true;
        }
        catch (FetchFailure e)
        {
            (place.Failure, place.IsOut, place.Speed) = (e.Message, e.IsFinal, e.Speed);
            return false;
        }
        finally
        {
            if (!hasAnswered) _waited += Stopwatch.GetElapsedTime(start);
            progress.End(place.Failure);
        }
    }

    private bool Finish(Place place, RemoteFile file, string part, string path)
    {
        if (FileHashes.Problem(part, file) is not { } problem)
        {
            File.Move(part, path, overwrite: true);
            return true;
        }

        File.Delete(part);
        place.Failure = problem;
        progress.End(problem);
        return false;
    }

    private sealed class Place(Uri url)
    {
        public Uri Url { get; } = url;

        public string Failure { get; set; } = "";

        public bool IsOut { get; set; }

        public double Speed { get; set; }
    }
}
