using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;

namespace WrnEngine.Training.Reporting;

/// <summary>What a run says at its start: what it is, and how long it will take.</summary>
internal static class Banner
{
    private static readonly TimeSpan ShortRun = TimeSpan.FromSeconds(30), LongRun = TimeSpan.FromHours(1), LongStep = TimeSpan.FromSeconds(30);

    /// <summary>The configuration.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="plan">What is trained.</param>
    /// <param name="data">On what.</param>
    /// <param name="model">The network.</param>
    /// <param name="device">Where it runs, and why there.</param>
    /// <param name="name">The run's name.</param>
    /// <param name="folder">The run folder.</param>
    /// <param name="memory">About how many bytes of tensors a step takes; null says nothing.</param>
    public static void Write(
        Terminal terminal, TrainingPlan plan, DatasetSplit data, WideResNet model, string device, string name, string folder, long? memory = null)
    {
        var images = data.Train.Source;
        long macs = model.Describe([1, ImageDataset.Channels, images.Height, images.Width]).Sum(l => l.Macs);
        string dropout = plan.Network.DropRate > 0 ? $", dropout {plan.Network.DropRate}" : "";
        string validation = data.Validation is { } v ? $" + {v.Count:N0} held out" : "";
        var rows = new List<(string, string)>
        {
            ("network", $"{plan.Network.Name}{dropout}: {model.ParameterCount:N0} parameters, {macs:N0} multiply-adds per image"),
            ("data", $"{data.Name}: {data.Train.Count:N0} training{validation} and {data.Test.Count:N0} test images of {images.Width}x{images.Height}, {data.ClassCount} classes"),
            ("device", device),
        };
        if (memory is { } bytes) rows.Add(("memory", $"about {bytes / 1e6:N0} MB of tensors in a step"));
        rows.Add(("recipe", Recipe(plan, data)));
        rows.Add(("run", $"{name} in {folder}"));
        terminal.Box(name, rows);
        terminal.Out.Flush();
    }

    private static string Recipe(TrainingPlan plan, DatasetSplit data)
    {
        var r = plan.Recipe;
        string momentum = r.Momentum > 0 ? $"Nesterov momentum {r.Momentum}" : "no momentum";
        string smoothing = r.LabelSmoothing > 0 ? $", label smoothing {r.LabelSmoothing}" : "";
        string limit = RecipeExtras.Limits(plan, data.Validation is not null), extras = RecipeExtras.Of(r, data.TrainsAsIs);
        return $"{r.Epochs} epochs of {data.Train.Count / r.BatchSize:N0} steps, batch {r.BatchSize}, {Rate(r)}, {momentum}, weight decay {r.WeightDecay}{smoothing}{extras}, "
            + $"augmentation {(data.Augmentation == Augmentation.ImageNet ? "imagenet" : OptionName.Of(data.Augmentation))}, seed {plan.Seed}{limit}";
    }

    /// <summary>What nobody may overlook when <c>auto</c> found no real images.</summary>
    public static string Synthetic(string dataDirectory) =>
        $"CIFAR-10 is not in {dataDirectory}: training on the synthetic set, images drawn by a program; its errors say nothing about real images.";

    /// <summary>Before the first step on a device that is there to test kernels: how long one takes, if the user will wonder.</summary>
    public static void WriteStepEstimate(Terminal terminal, Trainer trainer, DatasetSplit data, Device device)
    {
        int side = data.Train.Source.Height;
        double macs = trainer.Model.Describe([1, ImageDataset.Channels, side, side]).Sum(l => l.Macs);
        var step = TimeSpan.FromSeconds(trainer.BatchSize * macs / SpeedProbe.MacsPerSecond(device));
        if (step < LongStep) return;
        terminal.Notice($"time     a step takes about {Durations.Text(step)}: {device.Name} is there to test kernels; to train, use --device cpu");
        terminal.Out.Flush();
    }

    /// <summary>After the first steps: how long the run will take, and what to do when that is too long.</summary>
    public static void WriteTime(Terminal terminal, WideResNet model, double imagesPerSecond, TimeSpan left)
    {
        if (left < ShortRun) return;
        terminal.Line($"time     about {Durations.Text(left)} more at {ConsoleLog.Speed(imagesPerSecond)}");
        if (left > LongRun) terminal.Line($"         to see something in three minutes: {Invocation.Command(QuickRun(model, imagesPerSecond))}");
        terminal.Out.Flush();
    }

    /// <summary>Two epochs of the smallest network on as many images as it should manage in the time.</summary>
    private static string[] QuickRun(WideResNet model, double imagesPerSecond)
    {
        const double Seconds = 120; // leaves a third of the time for start and tests
        const double Efficiency = 0.25; // narrow layers keep the arithmetic less busy
        const double SmallestMacs = 12_501_632; // WRN-10-1, 32x32
        double macs = model.Describe([1, ImageDataset.Channels, 32, 32]).Sum(l => l.Macs);
        double images = imagesPerSecond * Math.Max(1, Efficiency * macs / SmallestMacs) * Seconds / 2;
        int rounded = Math.Clamp((int)(images / 1000) * 1000, 1000, 50_000);
        return ["--depth", "10", "--k", "1", "--epochs", "2", "--train-images", $"{rounded}"];
    }

    private static string Rate(Hyperparameters r)
    {
        string rate = r.Schedule switch
        {
            "multistep" => Steps(r),
            "cosine" => $"lr {r.LearningRate} along a cosine",
            _ => $"lr up to {r.LearningRate} in one cycle",
        };
        return r.WarmupEpochs > 0 ? $"{rate} after {r.WarmupEpochs} warm-up epochs" : rate;
    }

    /// <summary>Drops behind the last epoch, which the proportions of a long schedule leave in a short run, never happen.</summary>
    private static string Steps(Hyperparameters r)
    {
        int[] drops = [.. r.Milestones.Where(epoch => epoch <= r.Epochs)];
        return drops.Length == 0 ? $"lr {r.LearningRate}" : $"lr {r.LearningRate} times {r.DecayRate} at the start of {(drops.Length == 1 ? "epoch" : "epochs")} {string.Join(", ", drops)}";
    }
}
