namespace WrnEngine.Training.Data.Download;

/// <summary>One place did not give the file. The message is what stands behind its address: "HTTP 404".</summary>
internal sealed class FetchFailure : Exception
{
    /// <summary>A failure.</summary>
    /// <param name="reason">In a few words.</param>
    /// <param name="isFinal">Trying again is of no use.</param>
    /// <param name="cause">What led to it.</param>
    public FetchFailure(string reason, bool isFinal, Exception? cause = null)
        : base(reason, cause) => IsFinal = isFinal;

    /// <summary>Trying again is of no use.</summary>
    public bool IsFinal { get; }

    /// <summary>Bytes per second of a place that was too slow, else 0.</summary>
    public double Speed { get; init; }
}
