using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using WrnEngine.Training.Data;

namespace WrnEngine.Training.Checkpoints;

/// <summary>Turns a <see cref="Preprocessing"/> into metadata lines of a checkpoint and back. Equal ones give equal lines.</summary>
internal static class PreprocessingMetadata
{
    private const string HeightKey = "image_height", WidthKey = "image_width", BorderKey = "image_border", ResizedKey = "image_resize";
    private const string MeanKey = "image_mean", StdKey = "image_std", WhiteningKey = "image_whitening", ClassNamesKey = "class_names";
    private const string Zca = "zca";

    /// <summary>Bytes of class names at most: with them a header stays below what a checkpoint's may have.</summary>
    internal const int MaxNamesSize = 1 << 18;

    /// <summary>Below it the reciprocal, which scales the image, would not be finite.</summary>
    private const float SmallestStd = 1e-20f;

    private static readonly JsonWriterOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Every key.</summary>
    public static IReadOnlyList<string> Keys { get; } = [HeightKey, WidthKey, BorderKey, ResizedKey, MeanKey, StdKey, WhiteningKey, ClassNamesKey];

    /// <summary>The lines to store. Names of classes that would take more than 256 KiB are left out.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Write(Preprocessing images)
    {
        yield return KeyValuePair.Create(HeightKey, Text(images.Height));
        yield return KeyValuePair.Create(WidthKey, Text(images.Width));
        if (images.Border > 0) yield return KeyValuePair.Create(BorderKey, Text(images.Border));
        if (images.ResizedSide is { } side) yield return KeyValuePair.Create(ResizedKey, Text(side));
        if (images.Normalization is { } normalization)
        {
            yield return KeyValuePair.Create(MeanKey, Text(normalization.Mean));
            yield return KeyValuePair.Create(StdKey, Text(normalization.Std));
        }
        else
        {
            yield return KeyValuePair.Create(WhiteningKey, Zca);
        }

        if (images.ClassNames.Count > 0 && images.ClassNames.All(n => n.Length <= Preprocessing.MaxClassNameLength) && Names(images.ClassNames) is { } names)
            yield return KeyValuePair.Create(ClassNamesKey, names);
    }

    /// <summary>Reads the lines; null where there are none, as in files of earlier versions.</summary>
    /// <param name="file">The file, for messages.</param>
    /// <param name="lines">Its metadata.</param>
    /// <param name="classes">Classes of the network.</param>
    /// <exception cref="CheckpointException">A line holds something else than it should.</exception>
    public static Preprocessing? Read(string file, IReadOnlyDictionary<string, string> lines, int classes)
    {
        if (!Keys.Any(lines.ContainsKey)) return null;
        int height = Int(HeightKey, 1, ImageDataset.MaxSide), width = Int(WidthKey, 1, ImageDataset.MaxSide);
        bool isWhitened = lines.TryGetValue(WhiteningKey, out string? whitening);
        if (isWhitened && whitening != Zca) throw Bad(WhiteningKey);
        return new Preprocessing
        {
            Height = height,
            Width = width,
            Border = lines.ContainsKey(BorderKey) ? Int(BorderKey, 1, (Math.Min(height, width) - 1) / 2) : 0,
            ResizedSide = lines.ContainsKey(ResizedKey) ? Int(ResizedKey, Math.Max(height, width), 2 * ImageDataset.MaxSide) : null,
            Normalization = isWhitened ? null : new ChannelNormalization(Floats(MeanKey, float.MinValue), Floats(StdKey, SmallestStd)),
            ClassNames = lines.TryGetValue(ClassNamesKey, out string? names) ? ReadNames(names, classes) ?? throw Bad(ClassNamesKey) : [],
        };

        string Line(string key) => lines.TryGetValue(key, out string? value) ? value : throw new CheckpointException($"'{file}' has no '{key}' in its metadata");

        int Int(string key, int least, int most) =>
            int.TryParse(Line(key), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most && Text(value) == Line(key)
                ? value : throw Bad(key);

        float[] Floats(string key, float least)
        {
            string[] parts = Line(key).Split(' ', ImageDataset.Channels + 1);
            var values = new float[ImageDataset.Channels];
            if (parts.Length != values.Length) throw Bad(key);
            for (int i = 0; i < values.Length; i++)
            {
                bool isNumber = float.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]);
                if (!isNumber || !float.IsFinite(values[i]) || values[i] < least || Text(values[i]) != parts[i]) throw Bad(key);
            }

            return values;
        }

        CheckpointException Bad(string key) => new($"'{file}' has an unusable value for '{key}' in its metadata");
    }

    /// <summary>A JSON list, or null when it would be too long.</summary>
    private static string? Names(IReadOnlyList<string> names)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, JsonOptions))
        {
            json.WriteStartArray();
            foreach (string name in names)
            {
                json.WriteStringValue(name);
                if (json.BytesCommitted + json.BytesPending > MaxNamesSize) return null;
            }

            json.WriteEndArray();
        }

        return stream.Length <= MaxNamesSize ? Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length) : null;
    }

    /// <summary>The names of a JSON list with one string per class, or null when it is something else. It gives up at the first name too many.</summary>
    private static List<string>? ReadNames(string text, int classes)
    {
        var names = new List<string>();
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray) return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.String)
            {
                if (names.Count == classes || reader.ValueSpan.Length > 6 * Preprocessing.MaxClassNameLength) return null;
                names.Add(reader.GetString()!);
            }

            return reader.TokenType == JsonTokenType.EndArray && !reader.Read() && names.Count == classes ? names : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter for halves of surrogate pairs
        {
            return null;
        }
    }

    private static string Text(ReadOnlySpan<float> values) => $"{Text(values[0])} {Text(values[1])} {Text(values[2])}";

    /// <summary>The shortest text that stands for exactly this number.</summary>
    private static string Text(float value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
