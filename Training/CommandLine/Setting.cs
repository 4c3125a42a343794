using System.CommandLine;
using System.Text.Json.Nodes;

namespace WrnEngine.Training.CommandLine;

/// <summary>One option as parsing, help, config.json and resuming see it.</summary>
internal abstract class Setting(Option option, string valueName, string help, string defaultText, bool isStored)
{
    /// <summary>What System.CommandLine parses.</summary>
    public Option Option { get; } = option;

    /// <summary>The name with its dashes.</summary>
    public string Name => Option.Name;

    /// <summary>What help prints after the name; empty for a switch.</summary>
    public string ValueName { get; } = valueName;

    /// <summary>What help says.</summary>
    public string Help { get; } = help;

    /// <summary>What help says of the default; empty when there is nothing to say.</summary>
    public string DefaultText { get; } = defaultText;

    /// <summary>True when the value belongs to the run itself and travels in its checkpoints; false for paths, limits and devices.</summary>
    public bool IsStored { get; } = isStored;

    /// <summary>The key in JSON: <c>--batch-size</c> is <c>batchSize</c>.</summary>
    public string JsonName { get; } = ToCamelCase(option.Name);

    /// <summary>The value as one would type it, or null when it says nothing.</summary>
    public abstract string? Text(ParsedOptions options);

    /// <summary>The value in config.json.</summary>
    public abstract JsonNode? Json(ParsedOptions options);

    private static string ToCamelCase(string name)
    {
        string[] words = name.TrimStart('-').Split('-');
        return words[0] + string.Concat(words.Skip(1).Select(w => char.ToUpperInvariant(w[0]) + w[1..]));
    }
}

/// <summary>An option of a known type.</summary>
internal sealed class Setting<T> : Setting
{
    /// <summary>Describes an option.</summary>
    /// <param name="name">The name with its dashes.</param>
    /// <param name="valueName">What help prints after it; empty for a switch.</param>
    /// <param name="help">What help says.</param>
    /// <param name="fallback">The value when it is not given.</param>
    /// <param name="reader">From text to value.</param>
    /// <param name="defaultText">What help says of the default; the fallback itself when left out.</param>
    /// <param name="isStored">The value belongs to the run itself.</param>
    /// <param name="bareText">The text that the option alone stands for; null when it needs a value.</param>
    /// <param name="aliases">Other names.</param>
    public Setting(
        string name, string valueName, string help, T fallback, ValueReader<T> reader,
        string? defaultText = null, bool isStored = false, string? bareText = null, params string[] aliases)
        : base(CreateOption(name, reader, bareText, aliases), valueName, help, defaultText ?? ValueText.Of(fallback) ?? "", isStored) =>
        Fallback = fallback;

    /// <summary>The value when it is not given.</summary>
    public T Fallback { get; }

    /// <inheritdoc/>
    public override string? Text(ParsedOptions options) => ValueText.Of(options.Get(this));

    /// <inheritdoc/>
    public override JsonNode? Json(ParsedOptions options) => ValueText.Json(options.Get(this));

    private static Option<T> CreateOption(string name, ValueReader<T> reader, string? bareText, string[] aliases)
    {
        var option = new Option<T>(name, aliases);
        if (typeof(T) == typeof(bool))
        {
            option.Arity = ArgumentArity.Zero;
            return option;
        }

        option.Arity = bareText is null ? ArgumentArity.ExactlyOne : ArgumentArity.ZeroOrOne;
        option.CustomParser = result =>
        {
            string text = result.Tokens.Count > 0 ? result.Tokens[0].Value : bareText!;
            var (value, problem) = reader(text);
            if (problem is not null) result.AddError($"{name} {problem}, not '{text}'{Nearest.Hint(text, problem)}");
            return value!;
        };
        return option;
    }
}
