namespace WrnEngine.Training.CommandLine;

/// <summary>Writes help: grouped, with defaults.</summary>
internal static class HelpPage
{
    private const int Width = 118;
    private const int Indent = 2;

    /// <summary>Help for one verb, or for the whole program: the verbs, then the options of the default one.</summary>
    public static void Write(TextWriter output, Verb? verb)
    {
        if (verb is null)
        {
            output.WriteLine("wrn trains wide residual networks (Zagoruyko and Komodakis, arXiv 1605.07146) on this machine.");
            output.WriteLine();
            output.WriteLine($"Usage: {Invocation.Program} [verb] [options]");
            output.WriteLine();
            output.WriteLine("Verbs");
            WriteRows(output, WrnCommand.Verbs.Select(v => (v.Name, v.Summary)));
            output.WriteLine();
            output.WriteLine($"Options of {WrnCommand.Verbs[0].Name}, the default verb ({Invocation.Program} <verb> --help lists those of the others)");
            verb = WrnCommand.Verbs[0];
        }
        else
        {
            output.WriteLine($"{verb.Name}: {verb.Summary}");
            output.WriteLine();
            string operands = verb.Operands is { } o ? $" {o.Usage}" : "";
            output.WriteLine($"Usage: {Invocation.Program} {verb.Name}{operands} [options]");
            if (verb.Operands is not null)
            {
                output.WriteLine();
                WriteRows(output, [(verb.Operands.Name, verb.Operands.Help)]);
            }
        }

        foreach (var group in verb.Groups)
        {
            output.WriteLine();
            output.WriteLine(group.Title);
            WriteRows(output, group.Settings.Select(s => (Label(s), s.Help + Default(s))));
        }

        output.WriteLine();
        output.WriteLine("Help");
        WriteRows(output, [("--help, -h", "this text"), ("--version", "the version")]);
        output.WriteLine();
        output.WriteLine($"Example: {Invocation.Program} {(verb == WrnCommand.Verbs[0] ? "" : verb.Name + " ")}{verb.Example}");
    }

    private static string Label(Setting setting)
    {
        string names = string.Join(", ", setting.Option.Aliases.Order(StringComparer.Ordinal).Prepend(setting.Name));
        return setting.ValueName.Length > 0 ? $"{names} {setting.ValueName}" : names;
    }

    private static string Default(Setting setting) => setting.DefaultText.Length > 0 ? $" [{setting.DefaultText}]" : "";

    private static void WriteRows(TextWriter output, IEnumerable<(string Label, string Text)> rows)
    {
        const int Column = 30;
        foreach (var (label, text) in rows)
        {
            string line = new string(' ', Indent) + label;
            if (line.Length > Column - 2)
            {
                output.WriteLine(line);
                line = "";
            }

            foreach (string part in Wrap(text, Width - Column))
            {
                output.WriteLine(line.PadRight(Column) + part);
                line = "";
            }
        }
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        string line = "";
        foreach (string word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }

            line += (line.Length > 0 ? " " : "") + word;
        }

        yield return line;
    }
}
