using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using WrnEngine.Training.Simulation;
using WrnEngine.Training.Verbs;

namespace WrnEngine.Training.CommandLine;

/// <summary>The command line of <c>wrn</c>: its verbs, of which <c>train</c> needs no word.</summary>
internal static class WrnCommand
{
    /// <summary>The verbs; the first one is the default.</summary>
    public static IReadOnlyList<Verb> Verbs { get; } =
    [
        TrainVerb.Verb, EvalVerb.Verb, ReportVerb.Verb, PredictVerb.Verb, ExplainVerb.Verb, SummaryVerb.Verb,
        ExportVerb.Verb, ImportVerb.Verb, BenchVerb.Verb, ProfileVerb.Verb, ExperimentVerb.Verb, ClaimsVerb.Verb, DevicesVerb.Verb,
    ];

    // Made once: options remember every command that they were ever added to, and an experiment parses some thousands of command lines.
    private static readonly Lazy<RootCommand> Root = new(Create);

    /// <summary>Parses, does what was asked, and answers with the exit code.</summary>
    public static int Run(IReadOnlyList<string> arguments, Terminal terminal)
    {
        var parse = Parse(arguments);
        var verb = VerbOf(parse);
        if (parse.Action is HelpAction)
        {
            HelpPage.Write(terminal.Out, parse.CommandResult.Command is RootCommand ? null : verb);
            return ExitCode.Ok;
        }

        if (parse.Action is not (DoVerb or ParseErrorAction)) // the version, completions
            return parse.Invoke(new InvocationConfiguration { Output = terminal.Out, Error = terminal.Error });
        if (ParseProblem.Find(parse, verb) is { } problem) throw new UserException(ExitCode.Usage, problem);
        var options = ConfigFile.Complete(new ParsedOptions(parse, verb.Settings, verb.Operands));
        int exitCode = verb.Run(options, terminal);
        bool isSimulated = verb.Settings.Contains(DeviceOptions.Device) && options.Get(DeviceOptions.Device) == DeviceChoice.Simulator;
        return isSimulated ? SimulatorReport.Finish(terminal, exitCode) : exitCode;
    }

    /// <summary>Parses the arguments of <c>train</c> once more, as when a checkpoint supplied some of them.</summary>
    public static ParsedOptions ParseTrain(IReadOnlyList<string> arguments)
    {
        var parse = Parse(arguments);
        if (parse.Errors.Count > 0) throw new UserException(ExitCode.Usage, ParseProblem.Sentence(parse, TrainVerb.Verb));
        return new ParsedOptions(parse, TrainVerb.Verb.Settings);
    }

    private static Verb VerbOf(ParseResult parse) => Verbs.FirstOrDefault(v => v.Name == parse.CommandResult.Command.Name) ?? Verbs[0];

    private static ParseResult Parse(IReadOnlyList<string> arguments) => Root.Value.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });

    private static RootCommand Create()
    {
        var root = new RootCommand("Trains wide residual networks.");
        foreach (var setting in Verbs[0].Settings) root.Options.Add(setting.Option);
        root.Action = new DoVerb();
        foreach (var verb in Verbs)
        {
            var command = new Command(verb.Name, verb.Summary) { Action = new DoVerb() };
            foreach (var setting in verb.Settings) command.Options.Add(setting.Option);
            if (verb.Operands is { } operands) command.Arguments.Add(operands.Argument);
            root.Subcommands.Add(command);
        }

        return root;
    }

    /// <summary>Marks a command line that has nothing special about it; verbs run with their typed options instead.</summary>
    private sealed class DoVerb : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult) => ExitCode.Ok;
    }
}
