using WrnEngine.Models.Safetensors;
using WrnEngine.Models.Safetensors.Naming;

namespace WrnEngine.Training.CommandLine;

/// <summary>What <c>wrn export</c> writes and <c>wrn import</c> reads.</summary>
internal static class ExportOptions
{
    /// <summary>The value of <see cref="Format"/> that means ONNX.</summary>
    public const string Onnx = "onnx";

    /// <summary>The value of <see cref="Format"/> that means safetensors.</summary>
    public const string Safetensors = "safetensors";

    private static readonly string[] SchemeNames = [.. NamingScheme.All.Select(s => s.Name)];

    /// <summary>The checkpoint to export.</summary>
    public static Operands Checkpoint { get; } = new("CHECKPOINT", "a checkpoint file, a run folder, or the name of a trained network", 1, 1);

    /// <summary>The file to import.</summary>
    public static Operands File { get; } = new("FILE", "a safetensors file with the weights of a network", 1, 1);

    /// <summary>Where the export goes.</summary>
    public static Setting<string?> Output { get; } = new(
        "--output", "FILE", "the file to write", null, Read.Text, "<network>-<data set>.onnx or .safetensors", aliases: ["-o"]);

    /// <summary>Where the import goes.</summary>
    public static Setting<string?> ImportOutput { get; } = new("--output", "FILE", "the checkpoint to write", null, Read.Text, "", aliases: ["-o"]);

    /// <summary>The kind of file.</summary>
    public static Setting<string?> Format { get; } = new(
        "--format", "FORMAT", "onnx (IR 8, opset 17) | safetensors (weights and statistics, without momentum)", null, Read.OptionalOneOf([Onnx, Safetensors]),
        "by the ending of --output, else safetensors");

    /// <summary>Whose names the tensors get or have.</summary>
    public static Setting<string?> Names { get; } = new(
        "--names", "WHOSE", "names of the tensors: authors | xternalz (WideResNet-pytorch) | torchvision | timm", null, Read.OptionalOneOf(SchemeNames),
        "authors; torchvision for networks for ImageNet");

    /// <summary>Whose names the tensors of an imported file have.</summary>
    public static Setting<string?> ImportNames { get; } = new(
        "--names", "WHOSE", "names of the tensors: authors | xternalz (WideResNet-pytorch) | torchvision | timm", null, Read.OptionalOneOf(SchemeNames),
        "found out from the file");

    /// <summary>What floats become.</summary>
    public static Setting<string> DType { get; } = new(
        "--dtype", "TYPE", "f32 | f16 | bf16 (rounded to nearest, ties to even)", "f32", Read.OneOf(["f32", "f16", "bf16"]));

    /// <summary>Those of export.</summary>
    public static OptionGroup Group { get; } = new("Export", Output, Format, Names, DType);

    /// <summary>Those of import.</summary>
    public static OptionGroup ImportGroup { get; } = new("Import", ImportOutput, ImportNames, DataOptions.Dataset, DataOptions.Normalize, DataOptions.ImageSize);

    /// <summary>The type that is meant.</summary>
    public static SafetensorsDType TypeOf(ParsedOptions options) => options.Get(DType) switch
    {
        "f16" => SafetensorsDType.F16,
        "bf16" => SafetensorsDType.BF16,
        _ => SafetensorsDType.F32,
    };
}
