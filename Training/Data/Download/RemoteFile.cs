namespace WrnEngine.Training.Data.Download;

/// <summary>A file as it must be, and where it can be had.</summary>
/// <param name="Name">Its name, here and there.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Md5">Hexadecimal.</param>
/// <param name="Sha256">Hexadecimal; without it the file is fetched over https only.</param>
/// <param name="Urls">Where it is, the best place first.</param>
internal sealed record RemoteFile(string Name, long Size, string Md5, string? Sha256, IReadOnlyList<string> Urls)
{
    /// <summary>True for a file that belongs to the set only when it is asked for.</summary>
    public bool IsExtra { get; init; }

    /// <summary>Whether an address may be asked for it: whoever listens on plain http can also answer, but not with the right hash.</summary>
    public bool Allows(Uri url) => url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && Sha256 is not null);

    /// <summary>The size as people read it.</summary>
    public string SizeText => Megabytes(Size);

    /// <summary>"170.1 MB", "5 kB".</summary>
    public static string Megabytes(double bytes) => bytes < 1e6 ? $"{bytes / 1e3:F0} kB" : $"{bytes / 1e6:F1} MB";
}
