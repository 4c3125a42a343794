using System.Diagnostics;

namespace WrnEngine.Training;

/// <summary>Measures training speed. The first two steps compile code and take memory, so they count only as long as there are no others.</summary>
internal sealed class Throughput
{
    /// <summary>Steps that say little about those that follow.</summary>
    public const int WarmupSteps = 2;

    private long _last;
    private int _steps;
    private (double Seconds, long Images) _warmup, _steady;

    /// <summary>Starts the clock after something that is not training.</summary>
    public void Start() => _last = Stopwatch.GetTimestamp();

    /// <summary>Counts a step that ends now.</summary>
    public void Step(int images)
    {
        long now = Stopwatch.GetTimestamp();
        double seconds = Stopwatch.GetElapsedTime(_last, now).TotalSeconds;
        _last = now;
        if (_steps++ < WarmupSteps) _warmup = (_warmup.Seconds + seconds, _warmup.Images + images);
        else _steady = (_steady.Seconds + seconds, _steady.Images + images);
    }

    /// <summary>Images per second; 0 before the first step.</summary>
    public double ImagesPerSecond
    {
        get
        {
            var (seconds, images) = _steady.Images > 0 ? _steady : _warmup;
            return images == 0 ? 0 : images / seconds;
        }
    }
}
