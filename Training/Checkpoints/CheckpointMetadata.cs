using System.Globalization;
using WrnEngine.Models;

namespace WrnEngine.Training.Checkpoints;

/// <summary>Turns a <see cref="CheckpointState"/> into the metadata lines of a file and back.</summary>
internal static class CheckpointMetadata
{
    public const string FormatKey = "format";
    public const string Format = "wrnengine-checkpoint";

    /// <summary>What other programs expect in place of <see cref="Format"/> where tensors have their names.</summary>
    public const string PyTorchFormat = "pt";

    /// <summary>The lines that say how far a run has come.</summary>
    public static IReadOnlyList<string> PositionKeys { get; } = ["seed", "epoch", "step", "epoch_loss_sum", "epoch_errors", "epoch_samples"];

    private const string VersionKey = "format_version";
    private const string Version = "1";
    private static readonly string[] FixedKeys =
    [
        FormatKey, VersionKey, "model", "depth", "widen_factor", "classes", "dropout", "dataset", "seed", "epoch", "step",
        "epoch_loss_sum", "epoch_errors", "epoch_samples",
    ];

    // Written only where a network has something else than its family's own way.
    private static readonly string[] VariantKeys = ["block", "blocks_per_group", "order", "shortcut", "dropout_at"];

    /// <summary>The lines to store.</summary>
    /// <exception cref="ArgumentException">An extra key is taken.</exception>
    public static IEnumerable<KeyValuePair<string, string>> Write(CheckpointState state)
    {
        string[] values =
        [
            Format, Version, state.Model.Architecture.Name, Text(state.Model.Depth), Text(state.Model.WidenFactor), Text(state.Model.NumClasses),
            Text(state.Model.DropRate), state.Dataset, Text(state.Seed), Text(state.Epoch), Text(state.Step),
            Bits(state.EpochSums.LossSum), Text(state.EpochSums.Errors), Text(state.EpochSums.Samples),
        ];
        for (int i = 0; i < FixedKeys.Length; i++) yield return KeyValuePair.Create(FixedKeys[i], values[i]);
        string?[] variant = Variant(state.Model);
        for (int i = 0; i < VariantKeys.Length; i++)
            if (variant[i] is { } value) yield return KeyValuePair.Create(VariantKeys[i], value);
        if (state.Preprocessing is { } images)
            foreach (var line in PreprocessingMetadata.Write(images)) yield return line;
        foreach (var (key, value) in state.Extra)
        {
            if (IsReserved(key)) throw new ArgumentException($"the extra state '{key}' has the name of a fixed field");
            yield return KeyValuePair.Create(key, value);
        }
    }

    /// <summary>Reads the lines.</summary>
    /// <exception cref="CheckpointException">A line is missing or holds something else than it should.</exception>
    public static CheckpointState Read(string file, IReadOnlyDictionary<string, string> lines)
    {
        if (!lines.TryGetValue(FormatKey, out string? format) || format != Format)
            throw new CheckpointException($"'{file}' holds tensors but no training state: it was not written by a training run of this program; import makes a checkpoint of it");
        string version = Line(VersionKey);
        if (version != Version) throw new CheckpointException($"'{file}' has checkpoint format {version}; this program reads format {Version}");
        WideResNetOptions model;
        try
        {
            model = new WideResNetOptions(Number<int>("depth"), Number<double>("widen_factor"), Number<int>("classes"), Number<float>("dropout"))
            {
                Architecture = Architecture.Find(Line("model")),
                Block = Optional("block") ?? WideResNetOptions.BasicBlock,
                BlocksPerGroupOverride = Optional("blocks_per_group") is null ? null : Number<int>("blocks_per_group"),
                Order = Named<LayerOrder>("order"),
                Shortcut = Named<ShortcutKind>("shortcut"),
                DropoutAt = Named<DropoutPlace>("dropout_at") ?? default,
            };
            model.Validate();
        }
        catch (ArgumentException e)
        {
            throw new CheckpointException($"'{file}' describes a network that cannot be: {e.Message}", e);
        }
        var sums = new EpochSums(Double("epoch_loss_sum"), Count<long>("epoch_errors"), Count<long>("epoch_samples"));
        return new CheckpointState(model, Line("dataset"), Number<ulong>("seed"), Count<int>("epoch"), Count<long>("step"), sums)
        {
            Extra = lines.Where(l => !IsReserved(l.Key)).ToDictionary(),
            Preprocessing = PreprocessingMetadata.Read(file, lines, model.NumClasses),
        };

        string Line(string key) => lines.TryGetValue(key, out string? value) ? value : throw new CheckpointException($"'{file}' has no '{key}' in its metadata");

        string? Optional(string key) => lines.GetValueOrDefault(key);

        T? Named<T>(string key) where T : struct, Enum => Optional(key) is not { } name ? null
            : OptionName.Find<T>(name) ?? throw Bad(key);

        // A value counts only as it would be written: nothing with signs, spaces or leading zeros passes for a number.
        T Number<T>(string key) where T : struct, ISpanParsable<T>, IFormattable =>
            T.TryParse(Line(key), CultureInfo.InvariantCulture, out var value) && Text(value) == Line(key) ? value : throw Bad(key);

        T Count<T>(string key) where T : struct, ISpanParsable<T>, IFormattable, IComparable<T> =>
            Number<T>(key) is var value && value.CompareTo(default) >= 0 ? value : throw Bad(key);

        double Double(string key)
        {
            bool isHex = ulong.TryParse(Line(key), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong bits);
            double value = BitConverter.UInt64BitsToDouble(bits);
            return isHex && Bits(value) == Line(key) ? value : throw Bad(key);
        }

        CheckpointException Bad(string key) => new($"'{file}' has the unusable value '{Line(key)}' for '{key}' in its metadata");
    }

    private static string?[] Variant(WideResNetOptions model) =>
    [
        model.Block == WideResNetOptions.BasicBlock ? null : model.Block,
        model.BlocksPerGroupOverride is { } blocks ? Text(blocks) : null,
        model.Order is { } order && order != model.Architecture.Order ? OptionName.Of(order) : null,
        model.Shortcut is { } shortcut && shortcut != model.Architecture.Shortcut ? OptionName.Of(shortcut) : null,
        model.DropoutAt == default ? null : OptionName.Of(model.DropoutAt),
    ];

    private static bool IsReserved(string key) => FixedKeys.Contains(key) || VariantKeys.Contains(key)
        || PreprocessingMetadata.Keys.Contains(key) || key == Models.Safetensors.SafetensorsFile.ChecksumKey;

    private static string Text<T>(T value) where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);

    private static string Bits(double value) => BitConverter.DoubleToUInt64Bits(value).ToString("x16", CultureInfo.InvariantCulture);
}
