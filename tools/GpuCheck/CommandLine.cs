using System.CommandLine;
using WrnEngine.Tools.GpuCheck.Steps;

namespace WrnEngine.Tools.GpuCheck;

/// <summary>The options of <c>gpu-check</c>; errors are one sentence and exit code 1.</summary>
internal sealed class CommandLine
{
    private readonly Option<string?> _onlyOption = new("--only")
    {
        HelpName = "STEP[,STEP]",
        Description = $"Run these steps only, done or not: {string.Join(", ", AllSteps.Names)}.",
    };

    private readonly Option<double> _minutesOption = new("--minutes")
    {
        HelpName = "M",
        Description = "No step starts later than this; training takes what the others leave.",
        DefaultValueFactory = static _ => 60,
    };

    private readonly Option<string> _deviceOption = new("--device")
    {
        HelpName = "NAME",
        Description = "cuda:N, or ptxsim to rehearse where there is no GPU.",
        DefaultValueFactory = static _ => "cuda:0",
    };

    private readonly Option<bool> _smallOption = new("--small") { Description = "Small networks and few steps: to see that everything works, not to measure." };

    private readonly Option<string?> _resultsOption = new("--results")
    {
        HelpName = "DIR",
        Description = "Where each step leaves its part, logs, and the report [default: runs/gpu-check-<device>].",
    };

    private readonly Option<string?> _documentOption = new("--document")
    {
        HelpName = "FILE",
        Description = "A document whose table is written over [default: docs/gpu.md after a measurement on a GPU, else none].",
    };

    private readonly Option<string> _dataOption = new("--data-dir")
    {
        HelpName = "DIR",
        Description = "Folder with CIFAR-10 for the training; without it the procedural set is trained on.",
        DefaultValueFactory = static _ => "data",
    };

    /// <summary>Runs the program.</summary>
    /// <returns>The exit code: 0 all steps done or absent, 1 usage, 6 a step failed.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error) => new CommandLine().Execute(args, output, error);

    private int Execute(string[] args, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Checks and measures WrnEngine on a GPU and writes gpu-report.json. A run that was cut off goes on where it was.")
        {
            _onlyOption, _minutesOption, _deviceOption, _smallOption, _resultsOption, _documentOption, _dataOption,
        };
        root.SetAction(parsed =>
        {
            try
            {
                var settings = Read(parsed);
                return new Check(settings, ProgramFiles.Find(settings), AllSteps.Create(), output).Run();
            }
            catch (CheckException e)
            {
                error.WriteLine($"gpu-check: {e.Message}");
                return 1;
            }
        });
        var result = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Errors.Count > 0)
        {
            error.WriteLine($"gpu-check: {result.Errors[0].Message.TrimEnd('.')}; see 'gpu-check --help'.");
            return 1;
        }

        return result.Invoke(new InvocationConfiguration { Output = output, Error = error });
    }

    private CheckSettings Read(ParseResult parsed)
    {
        string device = parsed.GetRequiredValue(_deviceOption);
        if (device == "cuda") device = "cuda:0";
        bool isCuda = device.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(device.AsSpan("cuda:".Length), out _);
        if (!isCuda && device != CheckSettings.Simulator) throw new CheckException($"--device is '{device}'; it may be cuda:N or ptxsim.");
        string[] only = parsed.GetValue(_onlyOption)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        if (Array.Find(only, name => !AllSteps.Names.Contains(name)) is { } unknown)
            throw new CheckException($"--only names '{unknown}'; the steps are {string.Join(", ", AllSteps.Names)}.");
        double minutes = parsed.GetValue(_minutesOption);
        if (!(minutes > 0)) throw new CheckException($"--minutes is {minutes}; it takes a number above 0.");
        bool small = parsed.GetValue(_smallOption);
        string results = parsed.GetValue(_resultsOption) ?? $"runs/gpu-check-{device.Replace(':', '-')}{(small ? "-small" : "")}";
        return new CheckSettings(device, small, TimeSpan.FromMinutes(minutes), only, Path.GetFullPath(results))
        {
            Document = parsed.GetValue(_documentOption),
            DataDirectory = Path.GetFullPath(parsed.GetRequiredValue(_dataOption)),
        };
    }
}
