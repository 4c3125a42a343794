namespace WrnEngine.Training.CommandLine;

/// <summary>How a run goes and what it leaves behind.</summary>
internal static class RunOptions
{
    /// <summary>An event file for TensorBoard.</summary>
    public const string TensorBoard = "tensorboard";

    /// <summary>log.jsonl.</summary>
    public const string Jsonl = "jsonl";

    /// <summary>The logs that one can choose from.</summary>
    public static IReadOnlyList<string> LogKinds { get; } = [TensorBoard, Jsonl];

    /// <summary>The run folder.</summary>
    public static Setting<string?> Output { get; } = new(
        "--output", "DIR", "the run folder: config.json, metrics.csv, last.safetensors", null, Read.Text, "runs/<name>-<time>");

    /// <summary>What to go on with.</summary>
    public static Setting<string?> Resume { get; } = new(
        "--resume", "FILE|DIR", "go on with a run; options not given are the run's own, but for folders, threads and intervals", null, Read.Text, "");

    /// <summary>How often to evaluate.</summary>
    public static Setting<int?> EvalEvery { get; } = new(
        "--eval-every", "EPOCHS", "test every so many epochs and after the last; 0: never", null, Read.OptionalInt(0), "1",
        isStored: true);

    /// <summary>How often to print.</summary>
    public static Setting<int> LogInterval { get; } = new(
        "--log-interval", "STEPS", "log every so many steps; printed where the output is not a terminal", 50, Read.Int(1));

    /// <summary>What to log.</summary>
    public static Setting<string> Log { get; } = new(
        "--log", "KINDS", "logs in the run folder beside metrics.csv: tensorboard (event files), jsonl (log.jsonl), both with a comma, or none",
        string.Join(',', LogKinds), Read.SetOf(LogKinds));

    /// <summary>How often to save.</summary>
    public static Setting<int?> SaveEvery { get; } = new(
        "--save-every", "STEPS", "save the run also every so many steps, not only after each epoch", null, Read.OptionalInt(1), "epochs only");

    /// <summary>Where to stop.</summary>
    public static Setting<int?> MaxSteps { get; } = new(
        "--max-steps", "N", "stop after N optimizer steps in all, resumed ones included; no test then unless --eval-every is given", null,
        Read.OptionalInt(1), "no limit");

    /// <summary>How long to train.</summary>
    public static Setting<TimeSpan?> MaxTime { get; } = new(
        "--max-time", "DURATION", "stop after that much time, as 90s, 10m or 1h30m: test, save, and print the command that goes on", null,
        Read.OptionalDuration, "no limit");

    /// <summary>When to give up.</summary>
    public static Setting<int?> Patience { get; } = new(
        "--patience", "EPOCHS", "stop after that many tests in a row without a lower validation error, or test error where nothing is held out", null,
        Read.OptionalInt(1), "no limit", isStored: true);

    /// <summary>Whether anything works at all.</summary>
    public static Setting<bool> FastDevRun { get; } = new(
        "--fast-dev-run", "", "run everything once, a training step and a batch of each test, and leave no run folder behind", false, Read.Switch, "");

    /// <summary>Whether the network learns at all.</summary>
    public static Setting<int?> OverfitBatches { get; } = new(
        "--overfit-batches", "N", "train on the first N batches only, unshuffled and without augmentation, cutout and mixup, and test on the same", null,
        Read.OptionalInt(1), "off", isStored: true);

    /// <summary>Where options come from that are not on the command line.</summary>
    public static Setting<string?> Config { get; } = new(
        "--config", "FILE|DIR",
        "options from the config.json of a run, but for --output, --resume and --result; those on the command line come first", null, Read.Text, "");

    /// <summary>A result file.</summary>
    public static Setting<string?> Result { get; } = new(
        "--result", "FILE", "write the result as JSON", null, Read.Text, "");

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new(
        "Running", Output, Resume, Config, EvalEvery, SaveEvery, LogInterval, Log, MaxSteps, MaxTime, Patience, OverfitBatches, FastDevRun, Result);

    /// <summary>Only the result file.</summary>
    public static OptionGroup ResultGroup { get; } = new("Running", Result);
}
