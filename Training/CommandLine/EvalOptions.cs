namespace WrnEngine.Training.CommandLine;

/// <summary>What to evaluate.</summary>
internal static class EvalOptions
{
    /// <summary>The checkpoint.</summary>
    public static Setting<string?> Checkpoint { get; } = new(
        "--checkpoint", "FILE|DIR|NAME", "the checkpoint, the run folder that holds it, or the name of a trained network that comes with the program", null, Read.Text, "", aliases: ["--resume"]);

    /// <summary>Images in a batch.</summary>
    public static Setting<int> BatchSize { get; } = new("--batch-size", "N", "images in a batch", 128, Read.Int(1), aliases: ["-b"]);

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new("Evaluation", Checkpoint, BatchSize);
}
