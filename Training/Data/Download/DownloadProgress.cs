using System.Diagnostics;
using WrnEngine.Training.Reporting;

namespace WrnEngine.Training.Data.Download;

/// <summary>Follows a download.</summary>
internal interface IDownloadProgress
{
    /// <summary>A place is asked.</summary>
    void Begin(RemoteFile file, Uri url, string part);

    /// <summary>So many bytes of the file are here.</summary>
    void Report(long bytes);

    /// <summary>The place has given what it will.</summary>
    /// <param name="problem">Why that is not enough; else empty.</param>
    void End(string problem);
}

/// <summary>
/// Says why a place does not answer, or what comes from it to where, then how far it is: one line that is written over on a terminal, a plain line every half minute
/// elsewhere.
/// </summary>
internal sealed class DownloadProgress(Terminal terminal) : IDownloadProgress
{
    private static readonly TimeSpan LiveInterval = TimeSpan.FromMilliseconds(200), PlainInterval = TimeSpan.FromSeconds(30);

    private RemoteFile? _file;
    private Uri? _url;
    private string _part = "";
    private long _start, _last, _firstBytes, _bytes;
    private int _liveLength;

    /// <inheritdoc/>
    public void Begin(RemoteFile file, Uri url, string part)
    {
        (_file, _url, _part, _start, _last, _firstBytes) = (file, url, part, 0, 0, -1);
    }

    /// <inheritdoc/>
    public void Report(long bytes)
    {
        long now = Stopwatch.GetTimestamp();
        _bytes = bytes;
        if (_firstBytes < 0)
        {
            (_start, _last, _firstBytes) = (now, now, bytes);
            terminal.Out.WriteLine($"Downloading {_url} ({_file!.SizeText}) to {_part[..^FileDownload.PartSuffix.Length]}");
            if (bytes > 0) terminal.Out.WriteLine($"  going on after {RemoteFile.Megabytes(bytes)} that are there");
        }

        if (Stopwatch.GetElapsedTime(_last, now) < (terminal.IsLive ? LiveInterval : PlainInterval)) return;
        _last = now;
        string line = Line(Stopwatch.GetElapsedTime(_start, now));
        if (!terminal.IsLive)
        {
            terminal.Out.WriteLine(line);
        }
        else
        {
            int room = Math.Max(20, terminal.Width - 1);
            if (line.Length > room) line = line[..room];
            terminal.Out.Write("\r" + line.PadRight(Math.Min(room, _liveLength)));
            _liveLength = line.Length;
        }

        terminal.Out.Flush();
    }

    /// <inheritdoc/>
    public void End(string problem)
    {
        if (_liveLength > 0) terminal.Out.Write("\r" + new string(' ', _liveLength) + "\r");
        _liveLength = 0;
        if (problem.Length > 0)
        {
            terminal.Out.WriteLine(_firstBytes < 0 ? $"  {_url}: {problem}" : $"  no further: {problem}");
        }
        else if (_file is not null && _firstBytes >= 0)
        {
            var time = Stopwatch.GetElapsedTime(_start);
            terminal.Out.WriteLine($"  {_file.Name} is here, in {Durations.Text(time)} ({RemoteFile.Megabytes(Speed(time))}/s)");
        }

        terminal.Out.Flush();
    }

    private string Line(TimeSpan time)
    {
        var left = TimeSpan.FromSeconds((_file!.Size - _bytes) / Math.Max(1, Speed(time)));
        return $"  {RemoteFile.Megabytes(_bytes)} of {_file.SizeText}  {RemoteFile.Megabytes(Speed(time))}/s  ETA {Durations.Text(left)}";
    }

    private double Speed(TimeSpan time) => (_bytes - _firstBytes) / Math.Max(1e-3, time.TotalSeconds);
}
