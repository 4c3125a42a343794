namespace WrnEngine.Training.CommandLine;

/// <summary>What to explain.</summary>
internal static class ExplainOptions
{
    /// <summary>The page.</summary>
    public static Setting<string> Output { get; } = new("--output", "FILE", "the HTML page", "explain.html", Read.Text!, aliases: ["-o"]);

    /// <summary>The picture.</summary>
    public static Setting<string?> Image { get; } = new(
        "--image", "FILE|test:N|train:N", "with --checkpoint: a PNG or JPEG file, or image N (from 0) of the data set, to follow through the network", null, Read.Text, "");

    /// <summary>Images to measure on.</summary>
    public static Setting<int> Images { get; } = new(
        "--images", "N", "test images on which the error without each block is measured, with an image of a data set", 200, Read.Int(1));

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new("Explanation", Output, EvalOptions.Checkpoint, Image, Images);
}
