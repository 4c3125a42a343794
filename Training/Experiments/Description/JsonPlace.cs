using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using WrnEngine.Training.CommandLine;

namespace WrnEngine.Training.Experiments.Description;

/// <summary>An object in a description, which knows where it stands: whatever is wrong in it becomes one sentence with the file and the place.</summary>
/// <param name="file">The file, as the user wrote it.</param>
/// <param name="path">The place, as <c>rows[2].paper</c>; empty for the whole.</param>
/// <param name="content">The object.</param>
internal sealed class JsonPlace(string file, string path, JsonObject content)
{
    /// <summary>Its keys.</summary>
    public IEnumerable<string> Keys => content.Select(p => p.Key);

    /// <summary>Refuses keys that mean nothing here.</summary>
    public void Allow(params string[] known)
    {
        foreach (string key in Keys.Where(k => !known.Contains(k)))
        {
            string hint = Nearest.To(key, known) is { } near ? $"did you mean \"{near}\"?" : $"those there are: {string.Join(", ", known)}.";
            throw new UserException(ExitCode.BadData, $"{SafeText.Of(file)}: {Before}there is no key \"{Shown(key)}\" here; {hint}");
        }
    }

    /// <summary>A text that must be there.</summary>
    public string Text(string key) => OptionalText(key) ?? throw Wrong(key, "is missing; it must be a text");

    /// <summary>A text, or null where there is none.</summary>
    public string? OptionalText(string key) => content[key] is not { } node ? null
        : node is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : throw Unlike(key, "a text");

    /// <summary>A number, or null where there is none.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="test">What it must pass.</param>
    /// <param name="wanted">What the test means, as in "a number above 0".</param>
    public double? OptionalNumber(string key, Func<double, bool> test, string wanted) => content[key] is not { } node ? null
        : Number(node) is { } number && test(number) ? number : throw Unlike(key, wanted);

    /// <summary>True or false; false where there is none.</summary>
    public bool Flag(string key) => content[key] is { } node && (node is JsonValue value && value.TryGetValue(out bool flag) ? flag : throw Unlike(key, "true or false"));

    /// <summary>A whole number from 1 on, or a default.</summary>
    public int Whole(string key, int fallback) => OptionalWhole(key) ?? fallback;

    /// <summary>A whole number from 1 on, or null where there is none.</summary>
    public int? OptionalWhole(string key) => (int?)OptionalNumber(key, n => n is >= 1 and <= int.MaxValue && n % 1 == 0, "a whole number of at least 1");

    /// <summary>One of some names, or null where there is none.</summary>
    public T? OptionalName<T>(string key, IReadOnlyDictionary<string, T> names)
        where T : struct
    {
        if (OptionalText(key) is not { } text) return null;
        if (names.TryGetValue(text, out var value)) return value;
        throw Wrong(key, $"must be one of {string.Join(", ", names.Keys)}, not '{Shown(text)}'{(Nearest.To(text, names.Keys) is { } near ? $"; did you mean {near}?" : "")}");
    }

    /// <summary>A list of texts, or null where there is none.</summary>
    public IReadOnlyList<string>? OptionalTexts(string key)
    {
        if (content[key] is not { } node) return null;
        var texts = new List<string>();
        foreach (var item in node as JsonArray ?? throw Unlike(key, "a list of texts"))
            texts.Add(item is JsonValue value && value.TryGetValue(out string? text) ? text : throw Unlike(key, "a list of texts"));
        return texts;
    }

    /// <summary>The lists in a list; none where there is none.</summary>
    public IEnumerable<IReadOnlyList<string>> TextLists(string key, string wanted)
    {
        foreach (var item in content[key] as JsonArray ?? throw Unlike(key, wanted))
        {
            yield return item is JsonArray list && list.All(i => i is JsonValue v && v.TryGetValue(out string? _))
                ? [.. list.Select(i => i!.GetValue<string>())] : throw Unlike(key, wanted);
        }
    }

    /// <summary>An object below this one, or null where there is none.</summary>
    public JsonPlace? OptionalObject(string key) => content[key] is not { } node ? null
        : node is JsonObject inner ? new JsonPlace(file, Joined(key), inner) : throw Unlike(key, "an object");

    /// <summary>The objects in a list; none where there is none.</summary>
    public IReadOnlyList<JsonPlace> Objects(string key)
    {
        if (content[key] is not { } node) return [];
        if (node is not JsonArray list) throw Unlike(key, "a list of objects");
        return [.. list.Select((item, i) => item is JsonObject inner ? new JsonPlace(file, $"{Joined(key)}[{i}]", inner) : throw Unlike(key, "a list of objects"))];
    }

    /// <summary>The keys with numbers or nulls.</summary>
    public Dictionary<string, double?> Numbers(string wanted) => content.ToDictionary(
        p => p.Key, p => p.Value is null ? (double?)null : Number(p.Value) is { } number && number >= 0 ? number : throw Unlike(p.Key, wanted));

    /// <summary>A copy of the object.</summary>
    public JsonObject Copy() => content.DeepClone().AsObject();

    /// <summary>Something is wrong with a key.</summary>
    public UserException Wrong(string key, string problem) => Problem($"\"{Joined(key)}\" {problem}");

    /// <summary>Something is wrong here.</summary>
    public UserException Wrong(string problem) => Problem(Before + problem);

    private string Before => path.Length == 0 ? "" : $"in \"{path}\" ";

    private UserException Problem(string text) =>
        new(ExitCode.BadData, $"{SafeText.Of(file)}: {text.TrimEnd('.')}{(text.EndsWith('?') ? "" : ".")}");

    private UserException Unlike(string key, string wanted) => Wrong(key, content[key] is { } node ? $"must be {wanted}, not {Shown(node.ToJsonString())}" : $"is missing; it must be {wanted}");

    private string Joined(string key) => path.Length == 0 ? Shown(key) : $"{path}.{Shown(key)}";

    private static string Shown(string text) => SafeText.Of(JsonArguments.Shortened(text));

    private static double? Number(JsonNode node) =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.Number
        && double.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : null;
}
