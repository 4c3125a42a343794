using System.Security.Cryptography;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.Runs;

namespace WrnEngine.Tests.Training.Processes;

/// <summary>What a run left in its folder, ready to be compared.</summary>
internal static class RunFiles
{
    /// <summary>SHA-256 of a checkpoint.</summary>
    public static string Hash(string run, string file = Checkpoint.LastFileName) =>
        Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(run, file))));

    /// <summary>Steps finished, according to the last checkpoint, whose checksum is verified; 0 when there is none.</summary>
    public static long Steps(string run)
    {
        if (!File.Exists(Path.Combine(run, Checkpoint.LastFileName))) return 0;
        using var checkpoint = Checkpoint.Open(run);
        return checkpoint.ReadState().Step;
    }

    /// <summary>The rows of metrics.csv without the time, which no two runs share.</summary>
    public static IEnumerable<EpochRecord> Metrics(string run) => MetricsCsv.Read(RunFolder.MetricsIn(run)).Select(e => e with { Seconds = 0 });

    /// <summary>Two runs left the same: checkpoint and metrics.</summary>
    public static void AssertEqual(TempFolder folder, string expected, string actual)
    {
        Assert.That(Hash(folder[actual]), Is.EqualTo(Hash(folder[expected])), $"last.safetensors of {actual} and {expected}");
        string best = Path.Combine(folder[expected], Checkpoint.BestFileName);
        if (File.Exists(best)) Assert.That(Hash(folder[actual], Checkpoint.BestFileName), Is.EqualTo(Hash(folder[expected], Checkpoint.BestFileName)), "best.safetensors");
        Assert.That(Metrics(folder[actual]), Is.EqualTo(Metrics(folder[expected])), $"metrics.csv of {actual} and {expected}");
    }
}
