using System.Text;
using System.Text.Json;
using WrnEngine.Models.Safetensors;

namespace WrnEngine.Training.Reporting;

/// <summary>
/// log.jsonl: a JSON object a line. <c>{"type":"step","epoch":1,"step":50,"steps":390,...}</c> for each logged step, where loss and error are means over the
/// epoch so far, <c>seconds</c> are those of training, counted on when a run is resumed, and <c>memoryBytes</c> is the largest use of tensors so far;
/// <c>{"type":"epoch","epoch":1,...}</c> for each epoch, with the columns of metrics.csv. Numbers that are not finite, and what was not evaluated, are null.
/// </summary>
internal sealed class JsonlLog : IRunLog
{
    /// <summary>The file's name.</summary>
    public const string FileName = "log.jsonl";

    private readonly LogFile _file;
    private readonly double _secondsBefore;

    /// <summary>Begins the file of a run, or goes on with it.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="from">Where a resumed run goes on; null for a new one, which replaces what lies there.</param>
    /// <exception cref="UserException">What lies there is no log.</exception>
    /// <exception cref="IOException">It can't be read or written.</exception>
    public JsonlLog(string folder, ResumePoint? from)
    {
        string path = Path.Combine(folder, FileName);
        string? earlier = from is null ? null : Path.Combine(from.Folder, FileName);
        if (earlier is not null && File.Exists(earlier))
        {
            string[] all = File.ReadAllLines(earlier);
            var kept = new List<string>();
            for (int i = 0; i < all.Length; i++)
            {
                if (Parse(all[i]) is not { } line)
                {
                    if (i == all.Length - 1) continue; // a process was killed while it wrote it
                    throw new UserException(ExitCode.BadData, $"{earlier} line {i + 1} is not a line of a log; move the file away.");
                }

                if (!line.IsBefore(from!)) continue;
                kept.Add(all[i]);
                if (line.IsStep) _secondsBefore = Math.Max(_secondsBefore, line.Seconds);
            }

            AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(string.Concat(kept.Select(l => l + "\n")))));
            _file = LogFile.Open(path, FileMode.Append);
        }
        else
        {
            _file = LogFile.Open(path, FileMode.Create);
        }
    }

    /// <inheritdoc/>
    public void Step(in LoggedStep step)
    {
        var r = step.Report;
        Write(
            "step", ("epoch", r.Epoch), ("epochs", r.Epochs), ("step", r.Step), ("steps", r.StepsPerEpoch), ("loss", r.Loss), ("error", r.Error), ("lr", r.Lr),
            ("imagesPerSecond", r.ImagesPerSecond), ("memoryBytes", step.MemoryBytes), ("seconds", _secondsBefore + step.Seconds));
    }

    /// <inheritdoc/>
    public void Epoch(in LoggedEpoch epoch)
    {
        var e = epoch.Record;
        Write(
            "epoch", ("epoch", e.Epoch), ("epochs", epoch.Epochs), ("totalSteps", epoch.TotalSteps), ("lr", e.Lr), ("trainLoss", e.TrainLoss), ("trainError", e.TrainError),
            ("valLoss", e.ValLoss), ("valError", e.ValError), ("testLoss", e.TestLoss), ("testError", e.TestError),
            ("imagesPerSecond", epoch.ImagesPerSecond), ("memoryBytes", epoch.MemoryBytes), ("seconds", e.Seconds));
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Write(string type, params ReadOnlySpan<(string Name, object? Value)> fields)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            foreach (var (name, value) in fields)
            {
                switch (value)
                {
                    case int number: json.WriteNumber(name, number); break;
                    case long number: json.WriteNumber(name, number); break;
                    case float number when float.IsFinite(number): json.WriteNumber(name, number); break;
                    case double number when double.IsFinite(number): json.WriteNumber(name, number); break;
                    default: json.WriteNull(name); break;
                }
            }

            json.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        _file.Append(line.ToArray());
    }

    private static Line? Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            int epoch = root.GetProperty("epoch").GetInt32();
            if (root.GetProperty("type").GetString() is not "step") return new Line(IsStep: false, epoch, 0, 0);
            long total = ((epoch - 1L) * root.GetProperty("steps").GetInt32()) + root.GetProperty("step").GetInt32();
            return new Line(IsStep: true, epoch, total, root.GetProperty("seconds").GetDouble());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private readonly record struct Line(bool IsStep, int Epoch, long TotalSteps, double Seconds)
    {
        /// <summary>True for what the checkpoint knows of; what came after it is done again.</summary>
        public bool IsBefore(ResumePoint from) => IsStep ? TotalSteps <= from.TotalSteps : Epoch <= from.Epochs;
    }
}
