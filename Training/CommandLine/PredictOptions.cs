namespace WrnEngine.Training.CommandLine;

/// <summary>What to predict, and how to say it.</summary>
internal static class PredictOptions
{
    /// <summary>The pictures.</summary>
    public static Operands Pictures { get; } = new("FILE|DIR", "PNG and JPEG files, and folders of them", 1, int.MaxValue);

    /// <summary>How many classes to name.</summary>
    public static Setting<int> Top { get; } = new("--top", "K", "name the K likeliest classes of each picture", 3, Read.Int(1), aliases: ["--topk"]);

    /// <summary>JSON instead of a table.</summary>
    public static Setting<bool> Json { get; } = new("--json", "", "one line of JSON for each picture instead of a table", false, Read.Switch);

    /// <summary>Pictures in a batch.</summary>
    public static Setting<int> BatchSize { get; } = new("--batch-size", "N", "pictures in a batch", 32, Read.Int(1), aliases: ["-b"]);

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new("Prediction", EvalOptions.Checkpoint, Top, Json, BatchSize);
}
