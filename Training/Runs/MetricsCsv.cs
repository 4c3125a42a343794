using System.Globalization;
using WrnEngine.Models.Safetensors;

namespace WrnEngine.Training.Runs;

/// <summary>metrics.csv: one row per epoch, empty where nothing was evaluated. It is written whole each time, so it is never torn.</summary>
internal static class MetricsCsv
{
    private const string Header = "epoch,lr,trainLoss,trainError,valLoss,valError,testLoss,testError,seconds";

    /// <summary>Replaces the file.</summary>
    public static void Write(string path, IEnumerable<EpochRecord> epochs) => AtomicFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.Write(Header + "\n");
        foreach (var e in epochs)
        {
            IFormattable?[] row = [e.Epoch, e.Lr, e.TrainLoss, e.TrainError, e.ValLoss, e.ValError, e.TestLoss, e.TestError, e.Seconds];
            writer.Write(string.Join(',', row.Select(v => v?.ToString(null, CultureInfo.InvariantCulture))) + "\n");
        }
    });

    /// <summary>The rows of a file that this class wrote, or none when there is no such file.</summary>
    /// <exception cref="UserException">The file is something else.</exception>
    public static IReadOnlyList<EpochRecord> Read(string path)
    {
        if (!File.Exists(path)) return [];
        string[] lines = File.ReadAllLines(path);
        var records = new List<EpochRecord>();
        for (int i = 0; i < lines.Length; i++)
        {
            string[] f = lines[i].Split(',');
            if (i == 0 ? lines[0] != Header : f.Length != Header.Split(',').Length) throw Broken(path, i);
            if (i == 0) continue;
            try
            {
                records.Add(new EpochRecord(
                    int.Parse(f[0], CultureInfo.InvariantCulture), float.Parse(f[1], CultureInfo.InvariantCulture), Number(f[2]), Number(f[3]),
                    Optional(f[4]), Optional(f[5]), Optional(f[6]), Optional(f[7]), Number(f[8])));
            }
            catch (Exception e) when (e is FormatException or OverflowException)
            {
                throw Broken(path, i, e);
            }
        }

        return records;
    }

    private static UserException Broken(string path, int line, Exception? cause = null) =>
        new(ExitCode.BadData, $"{path} line {line + 1} is not a row of metrics as a run writes them; move the file away.", cause);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static double? Optional(string text) => text.Length == 0 ? null : Number(text);
}
