using System.CommandLine;
using System.CommandLine.Parsing;

namespace WrnEngine.Training.CommandLine;

/// <summary>Says in one sentence what is wrong with a command line.</summary>
internal static class ParseProblem
{
    /// <summary>The first problem of a parse, or null.</summary>
    public static string? Find(ParseResult parse, Verb verb) =>
        parse.Errors.Count > 0 ? Sentence(parse, verb) : verb.Operands?.Problem(parse, verb);

    /// <summary>The first problem of a parse that has one.</summary>
    public static string Sentence(ParseResult parse, Verb verb)
    {
        // A mistyped option also leaves its value without an owner, and may make others look wrong: it comes first.
        if (parse.UnmatchedTokens is [var token, ..]) return Unknown(token, parse, verb);
        if (verb.Operands?.Of(parse).FirstOrDefault(t => t.StartsWith('-') && t.Length > 1) is { } mistyped) return Unknown(mistyped, parse, verb);
        var error = parse.Errors[0];
        if (error.SymbolResult is OptionResult option)
        {
            string asTyped = option.IdentifierToken?.Value ?? option.Option.Name;
            if (option.Tokens.Count == 0 && option.Option.Arity.MinimumNumberOfValues > 0) return $"{asTyped} needs a value.";
            if (option.Tokens.Count > 1) return $"{option.Option.Name} is given {option.Tokens.Count} times; give it once.";
        }

        return error.Message.EndsWith('?') ? error.Message : error.Message.TrimEnd('.') + ".";
    }

    /// <summary>A word that belongs to nothing.</summary>
    public static string Unknown(string token, ParseResult parse, Verb verb)
    {
        bool isOption = token.StartsWith('-') && token.Length > 1 && !char.IsAsciiDigit(token[1]);
        string name = token.Split('=')[0];
        if (!isOption)
        {
            bool atRoot = parse.CommandResult.Command is RootCommand;
            string? verbName = atRoot ? Nearest.To(token, WrnCommand.Verbs.Select(v => v.Name)) : null;
            return verbName is not null ? $"there is no verb '{token}'; did you mean {verbName}?" : $"'{token}' belongs to no option{HelpHint(verb)}";
        }

        if (Nearest.To(name, verb.Settings.SelectMany(s => s.Option.Aliases.Prepend(s.Name))) is { } near)
            return $"there is no option {name}; did you mean {near}?";
        string[] elsewhere = [.. WrnCommand.Verbs.Where(v => v.Settings.Any(s => s.Name == name || s.Option.Aliases.Contains(name))).Select(v => v.Name)];
        if (elsewhere.Length == 0) return $"there is no option {name}{HelpHint(verb)}";
        return $"{verb.Name} has no option {name}; {string.Join(" and ", elsewhere)} {(elsewhere.Length == 1 ? "has" : "have")} it{HelpHint(verb)}";
    }

    private static string HelpHint(Verb verb) =>
        $"; {Invocation.Command(verb == WrnCommand.Verbs[0] ? ["--help"] : [verb.Name, "--help"])} lists what there is.";
}
