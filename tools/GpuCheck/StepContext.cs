using System.Buffers;
using System.Diagnostics;

namespace WrnEngine.Tools.GpuCheck;

/// <summary>What a step works with: its folder, its log, the commands that it runs, and where it puts what it finds.</summary>
internal sealed class StepContext(CheckSettings settings, ProgramFiles programs, StepResult result, string folder, TextWriter log, Func<TimeSpan> timeLeft)
{
    private static readonly SearchValues<char> NeedQuotes = SearchValues.Create(" &|()~;");

    /// <summary>What was asked for.</summary>
    public CheckSettings Settings => settings;

    /// <summary>The programs.</summary>
    public ProgramFiles Programs => programs;

    /// <summary>Where figures go.</summary>
    public StepResult Result => result;

    /// <summary>The step's own folder; it outlives a run that is cut off.</summary>
    public string Folder => folder;

    /// <summary>What is left of the budget.</summary>
    public TimeSpan TimeLeft => timeLeft();

    /// <summary>What an earlier step measured, or null.</summary>
    public Func<string, string, Figure?> Earlier { get; init; } = static (_, _) => null;

    /// <summary>The card, once the devices step has seen it.</summary>
    public Card? Card { get; init; }

    /// <summary>Runs <c>wrn</c>.</summary>
    public (CommandResult Result, string Command) Wrn(TimeSpan limit, params IEnumerable<string> arguments) => Run([.. programs.Wrn, .. arguments], "wrn", programs.Wrn.Count, limit);

    /// <summary>Runs the tests that a filter takes, under another program where one is given.</summary>
    public (CommandResult Result, string Command) Tests(string filter, TimeSpan limit, IReadOnlyDictionary<string, string>? environment = null, params string[] under) =>
        Run([.. under, .. programs.Tests, "--filter", filter, "--no-ansi", "--no-progress"], "WrnEngine.Tests", programs.Tests.Count, limit, environment, under.Length);

    /// <summary>Runs any command.</summary>
    public (CommandResult Result, string Command) Run(params string[] command) => Run(command, command[0], 1, TimeSpan.FromMinutes(20));

    /// <summary>Runs any command with a limit on its time.</summary>
    public (CommandResult Result, string Command) Run(IReadOnlyList<string> command, TimeSpan limit) => Run(command, command[0], 1, limit);

    private (CommandResult Result, string Command) Run(
        IReadOnlyList<string> command, string name, int programLength, TimeSpan limit, IReadOnlyDictionary<string, string>? environment = null, int prefix = 0)
    {
        string[] shown = [.. command.Take(prefix), name, .. command.Skip(prefix + programLength)];
        string text = string.Join(' ', (environment ?? new Dictionary<string, string>()).Select(e => $"{e.Key}={e.Value}").Concat(shown.Select(Quoted)));
        log.WriteLine($"$ {text}");
        long start = Stopwatch.GetTimestamp();
        var done = ChildProcess.Run(command, limit, environment, log);
        log.WriteLine($"[{done.Problem ?? $"exit code {done.ExitCode}"}, {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s]");
        return (done, text);
    }

    private static string Quoted(string argument) => argument.AsSpan().IndexOfAny(NeedQuotes) >= 0 ? $"'{argument}'" : argument;
}
