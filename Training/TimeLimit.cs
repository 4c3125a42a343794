using System.Diagnostics;

namespace WrnEngine.Training;

/// <summary>The time that a run may take in this process. It is looked at where the run can stop, so that one answer holds until the next look.</summary>
/// <param name="limit">How long; null is for ever.</param>
internal sealed class TimeLimit(TimeSpan? limit)
{
    private long _start = Stopwatch.GetTimestamp();

    /// <summary>True when the time was over at the last look.</summary>
    public bool IsReached { get; private set; }

    /// <summary>What is left.</summary>
    public TimeSpan Left => limit is { } time ? TimeSpan.FromTicks(Math.Max(0, (time - Stopwatch.GetElapsedTime(_start)).Ticks)) : TimeSpan.MaxValue;

    /// <summary>The run begins now.</summary>
    public void Start() => (_start, IsReached) = (Stopwatch.GetTimestamp(), false);

    /// <summary>Looks at the clock.</summary>
    public bool Look() => IsReached = Left == TimeSpan.Zero;
}
