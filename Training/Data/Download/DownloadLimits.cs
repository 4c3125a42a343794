namespace WrnEngine.Training.Data.Download;

/// <summary>How long a download waits for what.</summary>
internal sealed record DownloadLimits
{
    /// <summary>For a connection; and, when nobody asked for the download, for the first answer from any of the places.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For <see cref="StallBytes"/> more bytes, and for the answer of a server that is connected.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Less than this in <see cref="Stall"/> counts as nothing, so that a server cannot hold on by a byte now and then.</summary>
    public int StallBytes { get; init; } = 16 * 1024;

    /// <summary>Rounds over the places without progress before giving up.</summary>
    public int Rounds { get; init; } = 4;

    /// <summary>Before the second round; it doubles from round to round.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Redirects followed for one request.</summary>
    public int Redirects { get; init; } = 5;

    /// <summary>After this long the speed of a place is judged.</summary>
    public TimeSpan Probe { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A place that needs longer than this for the rest gives way to the next one, as long as there is one.</summary>
    public TimeSpan BeforeNextPlace { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a download may take that nobody asked for.</summary>
    public TimeSpan Unasked { get; init; } = TimeSpan.FromMinutes(10);
}
