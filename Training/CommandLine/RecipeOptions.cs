namespace WrnEngine.Training.CommandLine;

/// <summary>How to train; the defaults are the paper's.</summary>
internal static class RecipeOptions
{
    private const string Off = "off";

    private static readonly ValueReader<float> NotNegative = Read.Float(v => v >= 0, "a number of at least 0");

    /// <summary>Where the other defaults come from.</summary>
    public static Setting<string> Recipe { get; } = new(
        "--recipe", "NAME", "defaults of this group: auto | " + string.Join(" | ", Training.Recipe.All.Select(r => r.Name)), Training.Recipe.Auto,
        Read.OneOf([Training.Recipe.Auto, .. Training.Recipe.All.Select(r => r.Name)]), isStored: true);

    /// <summary>Length of the run.</summary>
    public static Setting<int?> Epochs { get; } = new(
        "--epochs", "N", "length of the run", null, Read.OptionalInt(1),
        Defaults(r => $"{r.Epochs}") + $"; {Hyperparameters.SyntheticEpochs} on the procedural set", isStored: true);

    /// <summary>Images in a step.</summary>
    public static Setting<int> BatchSize { get; } = new(
        "--batch-size", "N", "images in a step; the rest of an epoch that fills no batch is dropped", Training.Recipe.Cifar.BatchSize, Read.Int(1),
        Defaults(r => $"{r.BatchSize}"), isStored: true, aliases: ["-b"]);

    /// <summary>First learning rate.</summary>
    public static Setting<float> LearningRate { get; } = new(
        "--lr", "LR", "learning rate at the start", Training.Recipe.Cifar.LearningRate, NotNegative, Defaults(r => $"{r.LearningRate}"), isStored: true);

    /// <summary>Nesterov momentum.</summary>
    public static Setting<float> Momentum { get; } = new(
        "--momentum", "M", "Nesterov momentum", 0.9f, Read.Float(v => v is >= 0 and < 1, "a number from 0 to below 1"), isStored: true);

    /// <summary>L2 coefficient.</summary>
    public static Setting<float> WeightDecay { get; } = new(
        "--weight-decay", "WD", "L2 coefficient on every parameter", Training.Recipe.Cifar.WeightDecay, NotNegative,
        Defaults(r => $"{r.WeightDecay}"), isStored: true, aliases: ["--wd"]);

    /// <summary>Which schedule.</summary>
    public static Setting<string> Schedule { get; } = new(
        "--schedule", "NAME", string.Join(" | ", Hyperparameters.ScheduleNames), Training.Recipe.Cifar.Schedule, Read.OneOf(Hyperparameters.ScheduleNames),
        Defaults(r => r.Schedule), isStored: true);

    /// <summary>Where multistep drops.</summary>
    public static Setting<int[]?> DecayEpochs { get; } = new(
        "--decay-epochs", "LIST", "epochs at whose start multistep drops the rate and resets the momentum", null, Read.RisingInts,
        Defaults(r => r.Schedule != Training.Recipe.Cifar.Schedule ? null : $"{string.Join(',', r.Drops)} of {r.Epochs}", "; "), isStored: true);

    /// <summary>By how much it drops.</summary>
    public static Setting<float> DecayRate { get; } = new(
        "--decay-rate", "F", "factor of each drop", Training.Recipe.Cifar.DecayRate,
        Read.Float(v => v is > 0 and <= 1, "a number above 0 and up to 1"), Defaults(r => $"{r.DecayRate}"), isStored: true);

    /// <summary>Linear warm-up.</summary>
    public static Setting<int> WarmupEpochs { get; } = new(
        "--warmup-epochs", "N", "epochs over which the rate rises from 0 to the schedule's", 0, Read.Int(0), isStored: true);

    /// <summary>Label smoothing.</summary>
    public static Setting<float> LabelSmoothing { get; } = new(
        "--label-smoothing", "S", "share of each target that is spread over all classes", 0,
        Read.Float(v => v is >= 0 and <= 1, "a number from 0 to 1"), isStored: true);

    /// <summary>Mixup.</summary>
    public static Setting<float?> Mixup { get; } = new(
        "--mixup", "ALPHA", "mix each image and its loss with another one's, in a ratio drawn from Beta(ALPHA, ALPHA) in every step", null,
        Read.OptionalFloat(v => v >= 0, "a number of at least 0"), Off, isStored: true);

    /// <summary>Cutout.</summary>
    public static Setting<int?> Cutout { get; } = new(
        "--cutout", "N", "blank a square of N x N pixels in each training image", null, Read.OptionalInt(0), Off, isStored: true);

    /// <summary>Gradient clipping.</summary>
    public static Setting<float?> ClipGrad { get; } = new(
        "--clip-grad", "NORM", "scale the gradient down where its L2 norm, over all parameters, is larger", null,
        Read.OptionalFloat(v => v >= 0, "a number of at least 0"), Off, isStored: true);

    /// <summary>Average of the weights.</summary>
    public static Setting<float?> ModelEmaDecay { get; } = new(
        "--model-ema-decay", "D", "keep a moving average of the weights, as in 0.999, and test that", null,
        Read.OptionalFloat(v => v is >= 0 and < 1, "a number from 0 to below 1"), Off, isStored: true);

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new(
        "Recipe", Recipe, Epochs, BatchSize, LearningRate, Momentum, WeightDecay, Schedule, DecayEpochs, DecayRate, WarmupEpochs, LabelSmoothing, Mixup, Cutout,
        ClipGrad, ModelEmaDecay);

    /// <summary>A value of each recipe, the paper's for CIFAR first.</summary>
    private static string Defaults(Func<Recipe, string?> value, string separator = ", ") => string.Join(
        separator,
        Training.Recipe.All.GroupBy(value).Where(g => g.Key is not null).Select((g, i) => i == 0 ? g.Key : $"{g.Key} for {string.Join(" and ", g.Select(r => r.Name))}"));
}
