using System.Diagnostics;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace WrnEngine.Training.Data.Download;

/// <summary>
/// One request for one file: follows redirects itself, goes on where a <c>.part</c> file ends when the server can, and never takes more
/// bytes than the file has.
/// </summary>
internal sealed class HttpFetch(HttpClient client, DownloadLimits limits, Patience patience)
{
    private const int BufferSize = 1 << 17;

    /// <summary>The client's own way to the network: no redirects, no compression, no cookies; proxies as the environment says.</summary>
    public static SocketsHttpHandler CreateHandler(DownloadLimits limits) => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        ConnectTimeout = limits.Connect,
    };

    /// <summary>Appends to the part file until it is complete.</summary>
    /// <param name="url">Where to ask.</param>
    /// <param name="file">What must come.</param>
    /// <param name="part">The file to append to.</param>
    /// <param name="answerLimit">How long the server may take to begin.</param>
    /// <param name="timeLimit">How long the whole may take, as judged by the speed so far; null for any time.</param>
    /// <param name="progress">Told the bytes there are, at the start and then as they come.</param>
    /// <exception cref="FetchFailure">It did not work; the part file holds what came.</exception>
    public void Run(Uri url, RemoteFile file, string part, TimeSpan answerLimit, TimeSpan? timeLimit, Action<long> progress)
    {
        long have = Length(part);
        if (have > file.Size)
        {
            File.Delete(part);
            have = 0;
        }

        if (have == file.Size) return;
        using HttpResponseMessage response = Ask(url, file, have, answerLimit);
        have = StartOf(response, file, part, have);
        using Stream body = Await(response.Content.ReadAsStreamAsync, limits.Stall, "the answer has no body");
        using var target = new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 1);
        target.SetLength(have);
        target.Position = have;
        Copy(body, target, file, have, timeLimit, progress);
    }

    /// <summary>Bytes of a file; 0 when there is none.</summary>
    public static long Length(string path) => new FileInfo(path) is { Exists: true } info ? info.Length : 0;

    private HttpResponseMessage Ask(Uri url, RemoteFile file, long have, TimeSpan answerLimit)
    {
        for (int hop = 0; ; hop++)
        {
            if (!file.Allows(url)) throw new FetchFailure($"{url} is not https, and no SHA-256 of the file is known", isFinal: true);
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
            request.Headers.UserAgent.Add(new ProductInfoHeaderValue("wrn", "0.1"));
            if (have > 0) request.Headers.Range = new RangeHeaderValue(have, null);
            HttpResponseMessage response = Await(
                token => client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token), answerLimit,
                $"no answer within {answerLimit.TotalSeconds:F0} s");
            if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
            {
                return response;
            }

            using (response)
            {
                if (response.Headers.Location is not { } location) throw new FetchFailure($"HTTP {(int)response.StatusCode} without a place to go to", isFinal: true);
                if (hop == limits.Redirects) throw new FetchFailure($"more than {limits.Redirects} redirects", isFinal: true);
                url = new Uri(url, location);
            }
        }
    }

    /// <summary>Where the body belongs in the file, or the reason why it does not.</summary>
    private static long StartOf(HttpResponseMessage response, RemoteFile file, string part, long have)
    {
        int status = (int)response.StatusCode;
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK: // a server that ignores the range sends the whole file
                CheckLength(response, file, 0);
                return 0;
            case HttpStatusCode.PartialContent when have > 0:
                if (response.Content.Headers.ContentRange is { Unit: "bytes", From: var from, Length: var length } && from == have && (length ?? file.Size) == file.Size)
                {
                    CheckLength(response, file, have);
                    return have;
                }

                File.Delete(part);
                throw new FetchFailure("it resumes at another place than it was asked to", isFinal: false);
            case HttpStatusCode.RequestedRangeNotSatisfiable when have > 0:
                File.Delete(part);
                throw new FetchFailure($"HTTP {status}", isFinal: false);
            default:
                throw new FetchFailure($"HTTP {status}", isFinal: status is not (408 or 425 or 429 or >= 500));
        }
    }

    private static void CheckLength(HttpResponseMessage response, RemoteFile file, long start)
    {
        if (response.Content.Headers.ContentLength is { } length && start + length != file.Size)
            throw new FetchFailure($"it has {start + length:N0} bytes instead of {file.Size:N0}", isFinal: true);
    }

    private void Copy(Stream body, FileStream target, RemoteFile file, long have, TimeSpan? timeLimit, Action<long> progress)
    {
        byte[] buffer = new byte[BufferSize];
        long first = have, start = Stopwatch.GetTimestamp(), windowStart = start, windowBytes = 0;
        progress(have);
        while (have < file.Size)
        {
            string stalled = $"it stalled after {RemoteFile.Megabytes(have)}: less than {RemoteFile.Megabytes(limits.StallBytes)} in {limits.Stall.TotalSeconds:G3} s";
            int count = Await(
                token => body.ReadAsync(buffer, token).AsTask(), limits.Stall - Stopwatch.GetElapsedTime(windowStart), stalled);
            if (count == 0) throw new FetchFailure($"the connection ended after {have:N0} of {file.Size:N0} bytes", isFinal: false);
            if (have + count > file.Size) throw new FetchFailure($"it is longer than {file.Size:N0} bytes", isFinal: true);
            Write(target, buffer.AsSpan(0, count));
            have += count;
            windowBytes += count;
            if (windowBytes >= limits.StallBytes) (windowStart, windowBytes) = (Stopwatch.GetTimestamp(), 0);
            progress(have);
            if (timeLimit is { } limit && Stopwatch.GetElapsedTime(start) is var time && time >= limits.Probe)
                CheckSpeed((have - first) / time.TotalSeconds, file.Size - have, limit);
        }

        target.Flush(flushToDisk: true);
    }

    private static void CheckSpeed(double speed, long left, TimeSpan limit)
    {
        var time = TimeSpan.FromSeconds(left / Math.Max(1, speed));
        if (time > limit)
            throw new FetchFailure($"it would take {Reporting.Durations.Text(time)} more at {RemoteFile.Megabytes(speed)}/s", isFinal: false) { Speed = speed };
    }

    private static void Write(FileStream target, ReadOnlySpan<byte> bytes)
    {
        try
        {
            target.Write(bytes);
        }
        catch (IOException e)
        {
            throw new DatasetException(DatasetError.Unreadable, $"{target.Name} cannot be written ({e.Message.TrimEnd('.')}); make room, or give another --data-dir.", e);
        }
    }

    private T Await<T>(Func<CancellationToken, Task<T>> start, TimeSpan limit, string onTimeout)
    {
        try
        {
            return patience.Await(start, limit, onTimeout);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException or SocketException)
        {
            throw Explain(e);
        }
    }

    private FetchFailure Explain(Exception e) => e switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } =>
            new FetchFailure("there is no such host, or no network", isFinal: true, e),
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            new FetchFailure($"no secure connection: {(e.InnerException ?? e).Message.TrimEnd('.')}", isFinal: true, e),
        HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } => new FetchFailure("the connection ended before the file did", isFinal: false, e),
        OperationCanceledException => new FetchFailure($"no connection within {limits.Connect.TotalSeconds:G3} s", isFinal: false, e),
        _ => new FetchFailure((e.GetBaseException() is SocketException socket ? socket : e).Message.TrimEnd('.'), isFinal: false, e),
    };
}
