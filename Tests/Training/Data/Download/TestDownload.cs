using System.Security.Cryptography;
using WrnEngine.Rng;
using WrnEngine.Training;
using WrnEngine.Training.Data.Download;

namespace WrnEngine.Tests.Training.Data.Download;

/// <summary>A downloader with short limits, and files for it.</summary>
internal static class TestDownload
{
    public static DownloadLimits Limits { get; } = new()
    {
        Connect = TimeSpan.FromSeconds(5),
        Stall = TimeSpan.FromSeconds(0.3),
        StallBytes = 1000,
        Rounds = 3,
        Backoff = TimeSpan.FromMilliseconds(5),
        Probe = TimeSpan.FromSeconds(0.1),
        BeforeNextPlace = TimeSpan.FromSeconds(2),
        Unasked = TimeSpan.FromSeconds(2),
    };

    public static byte[] Bytes(int count, ulong seed = 1) =>
        [.. Enumerable.Range(0, count).Select(i => (byte)Philox.Block(seed, (uint)i, 0, 0, RandomPurpose.Synthetic).X)];

#pragma warning disable CA5351 // what the catalogue holds
    public static RemoteFile File(byte[] content, params string[] urls) =>
        new("file.bin", content.Length, Convert.ToHexStringLower(MD5.HashData(content)), Sha256(content), urls);
#pragma warning restore CA5351

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>Downloads one file into the folder, as one file of a set.</summary>
    public static string Get(
        TestServer server, TempFolder folder, RemoteFile file, bool isAsked = true, StopSignal? stop = null, Action<string>? refuse = null,
        DownloadLimits? limits = null)
    {
        using var output = new StringWriter();
        using var own = new StopSignal();
        using var download = new DatasetDownload(new Terminal(output, output, isLive: false), stop ?? own, limits ?? Limits, () => server.CreateHandler(refuse));
        download.Run(new RemoteDataset("set", "The Set", ["set"], [file]), folder.Path, withExtra: false, isAsked);
        return output.ToString();
    }
}
