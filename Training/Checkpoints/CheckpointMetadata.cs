using System.Globalization;
using WrnEngine.Models;

namespace WrnEngine.Training.Checkpoints;

/// <summary>Turns a <see cref="CheckpointState"/> into the metadata lines of a file and back.</summary>
internal static class CheckpointMetadata
{
    public const string FormatKey = "format";
    public const string Format = "wrnengine-checkpoint";

    private const string VersionKey = "format_version";
    private const string Version = "1";
    private const string ModelKind = "wrn";

    private static readonly string[] FixedKeys =
    [
        FormatKey, VersionKey, "model", "depth", "widen_factor", "classes", "dropout", "dataset", "seed", "epoch", "step",
        "epoch_loss_sum", "epoch_errors", "epoch_samples",
    ];

    /// <summary>The lines to store.</summary>
    /// <exception cref="ArgumentException">An extra key is taken.</exception>
    public static IEnumerable<KeyValuePair<string, string>> Write(CheckpointState state)
    {
        string[] values =
        [
            Format, Version, ModelKind, Text(state.Model.Depth), Text(state.Model.WidenFactor), Text(state.Model.NumClasses),
            Text(state.Model.DropRate), state.Dataset, Text(state.Seed), Text(state.Epoch), Text(state.Step),
            Bits(state.EpochSums.LossSum), Text(state.EpochSums.Errors), Text(state.EpochSums.Samples),
        ];
        for (int i = 0; i < FixedKeys.Length; i++) yield return KeyValuePair.Create(FixedKeys[i], values[i]);
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
            throw new CheckpointException($"'{file}' holds tensors but no training state: it was not written by a training run of this program");
        string version = Line(VersionKey);
        if (version != Version) throw new CheckpointException($"'{file}' has checkpoint format {version}; this program reads format {Version}");
        string kind = Line("model");
        if (kind != ModelKind) throw new CheckpointException($"'{file}' holds a model of kind '{kind}'; this program knows '{ModelKind}'");
        var model = new WideResNetOptions(Number<int>("depth"), Number<int>("widen_factor"), Number<int>("classes"), Number<float>("dropout"));
        try
        {
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
        };

        string Line(string key) => lines.TryGetValue(key, out string? value) ? value : throw new CheckpointException($"'{file}' has no '{key}' in its metadata");

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

    private static bool IsReserved(string key) => FixedKeys.Contains(key) || key == Models.Safetensors.SafetensorsFile.ChecksumKey;

    private static string Text<T>(T value) where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);

    private static string Bits(double value) => BitConverter.DoubleToUInt64Bits(value).ToString("x16", CultureInfo.InvariantCulture);
}
