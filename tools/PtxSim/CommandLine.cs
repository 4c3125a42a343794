using System.CommandLine;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Tools.PtxSim;

/// <summary>
/// The commands and their options; errors are one sentence and an exit code. One object per call: an option remembers every command that it was
/// added to, so shared ones would make each call slower than the last.
/// </summary>
internal sealed class CommandLine
{
    private readonly Argument<string> _fileArgument = new("FILE") { Description = "The kernel: a .ptx file, or a .cu file when clang is installed." };

    private readonly Option<string> _entryOption = new("--entry")
    {
        HelpName = "NAME",
        Description = "The kernel to run; not needed when the file has one. A C++ name finds its mangled form.",
    };

    private readonly Option<string> _gridOption = new("--grid") { HelpName = "X[,Y,Z]", Description = "Blocks.", Required = true };

    private readonly Option<string> _blockOption = new("--block") { HelpName = "X[,Y,Z]", Description = "Threads per block.", Required = true };

    private readonly Option<string> _sharedOption = new("--shared")
    {
        HelpName = "BYTES",
        Description = "Dynamic shared memory per block.",
        DefaultValueFactory = static _ => "0",
    };

    private readonly Option<string[]> _argumentsOption = new("--arg")
    {
        HelpName = "KIND:VALUE",
        Description = "A kernel parameter, repeated in order: in:FILE (a buffer with the file's bytes), out:FILE:BYTES (a zeroed buffer, written to "
            + "FILE afterwards), inout:INFILE:OUTFILE, u32:7, s32:, u64:, s64:, f32:, f64:, u8:, s8:, u16:, s16:. For a kernel that takes one "
            + "struct, the arguments are its fields.",
    };

    private readonly Option<string> _checkOption = new("--check")
    {
        HelpName = "LIST",
        Description = "all, none, or of memcheck, racecheck, initcheck, synccheck a comma-separated list.",
        DefaultValueFactory = static _ => "all",
    };

    private readonly Option<bool> _statsOption = new("--stats") { Description = "Print instruction counts, memory transactions, occupancy." };

    private readonly Option<string> _jsonOption = new("--json") { HelpName = "FILE", Description = "Write outcome, findings and metrics as JSON." };

    private readonly Option<string> _seedOption = new("--seed")
    {
        HelpName = "N",
        Description = "0 runs warps and blocks in order; every other number is another reproducible order.",
        DefaultValueFactory = static _ => "0",
    };

    private readonly Option<string> _deviceOption = new("--device")
    {
        HelpName = "NAME",
        Description = "sm_75, sm_80 or sm_90 [default: WRN_PTXSIM_DEVICE, else sm_80].",
    };

    private readonly Option<string[]> _includeOption = new("-I") { HelpName = "DIR", Description = "A folder of headers for a .cu file; repeatable." };

    private readonly Option<string[]> _defineOption = new("-D") { HelpName = "NAME[=VALUE]", Description = "A definition for a .cu file; repeatable." };

    private readonly Option<string> _stepLimitOption = new("--step-limit")
    {
        HelpName = "N",
        Description = "Warp instructions after which the kernel counts as endless; 0 is no limit.",
        DefaultValueFactory = static _ => "10000000000",
    };

    /// <summary>Runs the tool.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error) => new CommandLine().Execute(args, output, error);

    private int Execute(string[] args, TextWriter output, TextWriter error)
    {
        var run = new Command("run", "Run a kernel and say what is wrong with it.")
        {
            _fileArgument, _entryOption, _gridOption, _blockOption, _sharedOption, _argumentsOption, _checkOption, _statsOption, _jsonOption, _seedOption, _deviceOption, _stepLimitOption, _includeOption,
            _defineOption,
        };
        run.SetAction(result => Guarded(error, () => RunCommand.Execute(Read(result), output, error)));
        var info = new Command("info", "List a file's kernels: parameters, registers, shared memory, instruction mix.") { _fileArgument, _deviceOption, _includeOption, _defineOption };
        info.SetAction(result => Guarded(error, () => InfoCommand.Execute(result.GetRequiredValue(_fileArgument), Device(result), CompilerOptions(result), output, error)));
        var root = new RootCommand("Runs and checks CUDA kernels without a GPU.") { run, info };

        // A file name may begin with @; it is no response file here.
        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            string[] messages = [.. parsed.Errors.Select(static e => e.Message)];
            string first = Array.Find(messages, static message => message.StartsWith("Unrecognized", StringComparison.Ordinal)) ?? messages[0];
            error.WriteLine($"ptxsim: {first.TrimEnd('.')}; see 'ptxsim {(args is ["run" or "info", ..] ? args[0] + " " : "")}--help'.");
            return (int)ExitCode.Usage;
        }

        return parsed.Invoke(new InvocationConfiguration { Output = output, Error = error });
    }

    private RunOptions Read(ParseResult result) => new()
    {
        File = result.GetRequiredValue(_fileArgument),
        Entry = result.GetValue(_entryOption),
        Grid = Dimensions("--grid", result.GetRequiredValue(_gridOption)),
        Block = Dimensions("--block", result.GetRequiredValue(_blockOption)),
        SharedBytes = (int)Number("--shared", result.GetRequiredValue(_sharedOption), int.MaxValue),
        Arguments = [.. (result.GetValue(_argumentsOption) ?? []).Select(KernelArgument.Parse)],
        Checks = Usage("--check", result.GetRequiredValue(_checkOption), SimulatorDriverOptions.ParseChecks),
        Stats = result.GetValue(_statsOption),
        JsonFile = result.GetValue(_jsonOption),
        Seed = (int)Number("--seed", result.GetRequiredValue(_seedOption), int.MaxValue),
        StepLimit = Number("--step-limit", result.GetRequiredValue(_stepLimitOption), long.MaxValue),
        Device = Device(result),
        CompilerOptions = CompilerOptions(result),
    };

    private string[] CompilerOptions(ParseResult result) =>
    [
        .. (result.GetValue(_includeOption) ?? []).Select(static folder => "-I" + folder),
        .. (result.GetValue(_defineOption) ?? []).Select(static definition => "-D" + definition),
    ];

    private SimulatedDeviceProperties Device(ParseResult result)
    {
        string name = result.GetValue(_deviceOption) ?? Environment.GetEnvironmentVariable("WRN_PTXSIM_DEVICE") ?? "";
        return name.Length == 0 ? SimulatedDeviceProperties.Sm80 : Usage("--device", name, SimulatedDeviceProperties.ForTarget);
    }

    private static Dim3 Dimensions(string option, string text)
    {
        string[] parts = text.Split(',');
        Span<int> extents = [1, 1, 1];
        for (int i = 0; i < parts.Length; i++)
        {
            if (parts.Length > 3 || !int.TryParse(parts[i], out int extent) || extent < 1)
            {
                throw new ToolException(ExitCode.Usage, $"{option} is '{text}'; it takes one to three positive whole numbers, as in 32 or 16,16.");
            }

            extents[i] = extent;
        }

        return new Dim3(extents[0], extents[1], extents[2]);
    }

    private static long Number(string option, string text, long limit) =>
        long.TryParse(text, out long value) && value >= 0 && value <= limit
            ? value
            : throw new ToolException(ExitCode.Usage, $"{option} is '{text}'; it takes a whole number from 0 to {limit}.");

    private static T Usage<T>(string option, string text, Func<string, T> parse)
    {
        try
        {
            return parse(text);
        }
        catch (ArgumentException e)
        {
            // The name of a method's parameter means nothing to the user.
            string sentence = e.ParamName is null ? e.Message : e.Message.Replace($" (Parameter '{e.ParamName}')", "", StringComparison.Ordinal);
            throw new ToolException(ExitCode.Usage, $"{option}: {sentence}", e);
        }
    }

    private static int Guarded(TextWriter error, Func<ExitCode> body)
    {
        try
        {
            return (int)body();
        }
        catch (ToolException e)
        {
            return Say(e.ExitCode, e.Message);
        }
        catch (PtxException e)
        {
            return Say(ExitCode.BadPtx, e.Message + (e.Message.EndsWith('.') ? "" : "."));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Say(ExitCode.InputOutput, e.Message);
        }
        catch (OutOfMemoryException e)
        {
            return Say(ExitCode.DeviceFault, e.Message);
        }

        int Say(ExitCode code, string sentence)
        {
            error.WriteLine($"ptxsim: {sentence}");
            return (int)code;
        }
    }
}
