using System.Text.Json.Nodes;

namespace WrnEngine.Tools.GpuCheck.Steps;

/// <summary>A training of WRN-16-8 for the rest of the time, and its test error. A run that was cut off goes on from its checkpoint.</summary>
internal sealed class TrainStep : IStep
{
    private const int Images = 50_000, PaperEpochs = 200;

    /// <summary>Evaluation, start-up and slower epochs have to fit as well.</summary>
    private const double Reserve = 0.85;

    private static readonly TimeSpan Least = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public string Name => "train";

    /// <inheritdoc/>
    public void Run(StepContext context)
    {
        bool small = context.Settings.IsSmall;
        string folder = Path.Combine(context.Folder, "run"), file = Path.Combine(context.Folder, "result.json");
        string help = context.Wrn(Least, "train", "--help").Result.Output;
        var (depth, k) = Configuration.Networks(small)[0];
        Configuration[] choices = [.. Configuration.Precisions.Reverse().SelectMany(p => Configuration.Convs.Select(c => new Configuration(depth, k, p, c)))];
        double SpeedOf(Configuration c) => context.Earlier("bench", c.Name)?.Value ?? 0;
        // The fastest that was measured; a rehearsal takes what is sure to be there.
        var fastest = small ? choices[^2] : choices.MaxBy(SpeedOf)!;
        if (SpeedOf(fastest) == 0) fastest = new Configuration(depth, k, "float32", "native");
        var options = fastest.Options(help, out _);
        double left = Math.Max(context.TimeLeft.TotalSeconds, Least.TotalSeconds);
        int epochs = (int)Math.Clamp(Reserve * left * SpeedOf(fastest) / Images, 1, PaperEpochs);
        string[] size = small
            ? ["-b", "4", "--dataset", "synthetic", "--train-images", "8", "--epochs", "1", "--max-steps", "2"]
            : ["-b", "128", "--dataset", "auto", "--download", "no", "--data-dir", context.Settings.DataDirectory, "--epochs", $"{epochs}"];
        bool goesOn = File.Exists(Path.Combine(folder, "last.safetensors"));
        string[] run = goesOn
            ? ["train", "--resume", folder, "--data-dir", context.Settings.DataDirectory]
            : ["train", "--depth", $"{depth}", "--k", $"{k}", .. size, "--output", folder];
        // The limit interrupts the run, which saves its state and can go on when the check is started again.
        var (done, command) = context.Wrn(TimeSpan.FromSeconds(left), [.. run, "--device", context.Settings.Device, .. options, "--result", file]);
        if (!done.IsOk)
        {
            context.Result.Failed("training", "", command, done.Reason);
            return;
        }

        Record(context, fastest, JsonNode.Parse(File.ReadAllText(file))!, command);
    }

    private static void Record(StepContext context, Configuration configuration, JsonNode result, string command)
    {
        var epochs = result["epochs"]!.AsArray();
        var last = epochs[^1]!;
        context.Result.Note($"{configuration.Name} on {(string)result["dataset"]!}");
        context.Result.Measured("epochs", epochs.Count, "epochs", command);
        context.Result.Measured("training speed", (double)result["imagesPerSecond"]!, Bench.Speed, command);
        context.Result.Measured("training loss of the last epoch", (double)last["trainLoss"]!, "", command);
        context.Result.Measured("time of all epochs", epochs.Sum(e => (double)e!["seconds"]!), "s", command);
        if (last["testError"] is { } error) context.Result.Measured("test error", (double)error, "%", command);
        else context.Result.Absent("test error", "%", command, "a rehearsal has no test");
    }
}
