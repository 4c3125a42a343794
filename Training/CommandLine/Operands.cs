using System.CommandLine;
using System.CommandLine.Parsing;

namespace WrnEngine.Training.CommandLine;

/// <summary>What a verb takes besides its options, as the files of <c>wrn predict</c>.</summary>
/// <param name="Name">What help prints for it: <c>FILE|DIR</c>.</param>
/// <param name="Help">What help says.</param>
/// <param name="Least">How many there must be.</param>
/// <param name="Most">How many there may be.</param>
internal sealed record Operands(string Name, string Help, int Least, int Most)
{
    /// <summary>What System.CommandLine parses; it counts nothing, so that the sentences about numbers are ours.</summary>
    public Argument<string[]> Argument { get; } = new(Name) { Arity = ArgumentArity.ZeroOrMore };

    /// <summary>As in a usage line: <c>FILE|DIR...</c>, or <c>[RUN]</c> where it may be left out.</summary>
    public string Usage => (Least == 0, Most > 1) switch
    {
        (true, true) => $"[{Name}...]",
        (true, false) => $"[{Name}]",
        (false, true) => $"{Name}...",
        _ => Name,
    };

    /// <summary>What was typed.</summary>
    public IReadOnlyList<string> Of(ParseResult parse) => parse.GetResult(Argument) is { } result ? [.. result.Tokens.Select(t => t.Value)] : [];

    /// <summary>What is wrong with what was typed, or null. A word that begins with a dash is an option that nobody knows, not a file.</summary>
    public string? Problem(ParseResult parse, Verb verb)
    {
        var typed = Of(parse);
        if (typed.FirstOrDefault(t => t.StartsWith('-') && t.Length > 1) is { } option) return ParseProblem.Unknown(option, parse, verb);
        if (typed.FirstOrDefault(t => t.Length == 0) is not null) return $"{verb.Name} got an empty {Name}.";
        if (typed.Count < Least) return $"{verb.Name} needs {Name}, {Help}; for example {Invocation.Command(verb.Name)} {verb.Example}";
        return typed.Count > Most ? $"{verb.Name} takes {(Most == 1 ? "one" : Most)} {Name}, not {typed.Count}: '{typed[Most]}' is too many." : null;
    }
}
