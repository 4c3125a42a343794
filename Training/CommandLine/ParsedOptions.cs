using System.CommandLine;
using System.Text.Json.Nodes;

namespace WrnEngine.Training.CommandLine;

/// <summary>The values of one command line: given, decided later (<c>auto</c> becomes a name), or defaults.</summary>
internal sealed class ParsedOptions(ParseResult parse, IReadOnlyList<Setting> settings, Operands? operands = null)
{
    private readonly Dictionary<Setting, object?> _decided = [];

    /// <summary>The options of the verb.</summary>
    public IReadOnlyList<Setting> Settings { get; } = settings;

    /// <summary>What was typed besides options.</summary>
    public IReadOnlyList<string> Operands { get; } = operands?.Of(parse) ?? [];

    /// <summary>True when the option was on the command line.</summary>
    public bool IsGiven(Setting setting) => parse.GetResult(setting.Option) is { Implicit: false };

    /// <summary>The value in force.</summary>
    public T Get<T>(Setting<T> setting) =>
        _decided.TryGetValue(setting, out object? value) ? (T)value!
        : IsGiven(setting) ? typeof(T) == typeof(bool) ? (T)(object)true : parse.GetValue((Option<T>)setting.Option)!
        : setting.Fallback;

    /// <summary>Puts what was found out in place of a default.</summary>
    public void Decide<T>(Setting<T> setting, T value) => _decided[setting] = value;

    /// <summary>Puts what was found out in place of a default, unless the option was on the command line.</summary>
    public void DecideDefault<T>(Setting<T> setting, T value)
    {
        if (!IsGiven(setting)) Decide(setting, value);
    }

    /// <summary>Every option and its value.</summary>
    public JsonObject ToJson() => [.. Settings.Select(s => KeyValuePair.Create(s.JsonName, s.Json(this)))];

    /// <summary>The options that belong to the run itself, as arguments: what a checkpoint carries.</summary>
    public IReadOnlyList<string> StoredArguments() => [.. Settings.Where(s => s.IsStored).SelectMany(Arguments)];

    /// <summary>The given options that a checkpoint doesn't carry, but for the ones in <paramref name="except"/>.</summary>
    public IReadOnlyList<string> GivenArguments(params Setting[] except) =>
        [.. Settings.Where(s => !s.IsStored && IsGiven(s) && !except.Contains(s)).SelectMany(Arguments)];

    /// <summary>An option as arguments; none when its value says nothing.</summary>
    public IEnumerable<string> Arguments(Setting setting) => setting.Text(this) is not { } text ? []
        : setting.ValueName.Length == 0 ? [setting.Name] : [setting.Name, text];
}
