using System.CommandLine;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Tools.PtxSim;

/// <summary>The commands and their options; errors are one sentence and an exit code.</summary>
internal static class CommandLine
{
    private static readonly Argument<string> FileArgument = new("FILE") { Description = "The kernel: a .ptx file, or a .cu file when clang is installed." };

    private static readonly Option<string> EntryOption = new("--entry")
    {
        HelpName = "NAME",
        Description = "The kernel to run; not needed when the file has one. A C++ name finds its mangled form.",
    };

    private static readonly Option<string> GridOption = new("--grid") { HelpName = "X[,Y,Z]", Description = "Blocks.", Required = true };

    private static readonly Option<string> BlockOption = new("--block") { HelpName = "X[,Y,Z]", Description = "Threads per block.", Required = true };

    private static readonly Option<string> SharedOption = new("--shared")
    {
        HelpName = "BYTES",
        Description = "Dynamic shared memory per block.",
        DefaultValueFactory = static _ => "0",
    };

    private static readonly Option<string[]> ArgumentsOption = new("--arg")
    {
        HelpName = "KIND:VALUE",
        Description = "A kernel parameter, repeated in order: in:FILE (a buffer with the file's bytes), out:FILE:BYTES (a zeroed buffer, written to "
            + "FILE afterwards), inout:INFILE:OUTFILE, u32:7, s32:, u64:, s64:, f32:, f64:, u8:, s8:, u16:, s16:. For a kernel that takes one "
            + "struct, the arguments are its fields.",
    };

    private static readonly Option<string> CheckOption = new("--check")
    {
        HelpName = "LIST",
        Description = "all, none, or of memcheck, racecheck, initcheck, synccheck a comma-separated list.",
        DefaultValueFactory = static _ => "all",
    };

    private static readonly Option<bool> StatsOption = new("--stats") { Description = "Print instruction counts, memory transactions, occupancy." };

    private static readonly Option<string> JsonOption = new("--json") { HelpName = "FILE", Description = "Write outcome, findings and metrics as JSON." };

    private static readonly Option<string> SeedOption = new("--seed")
    {
        HelpName = "N",
        Description = "0 runs warps and blocks in order; every other number is another reproducible order.",
        DefaultValueFactory = static _ => "0",
    };

    private static readonly Option<string> DeviceOption = new("--device")
    {
        HelpName = "NAME",
        Description = "sm_75, sm_80 or sm_90 [default: WRN_PTXSIM_DEVICE, else sm_80].",
    };

    private static readonly Option<string[]> IncludeOption = new("-I") { HelpName = "DIR", Description = "A folder of headers for a .cu file; repeatable." };

    private static readonly Option<string[]> DefineOption = new("-D") { HelpName = "NAME[=VALUE]", Description = "A definition for a .cu file; repeatable." };

    private static readonly Option<string> StepLimitOption = new("--step-limit")
    {
        HelpName = "N",
        Description = "Warp instructions after which the kernel counts as endless; 0 is no limit.",
        DefaultValueFactory = static _ => "10000000000",
    };

    /// <summary>Runs the tool.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        var run = new Command("run", "Run a kernel and say what is wrong with it.")
        {
            FileArgument, EntryOption, GridOption, BlockOption, SharedOption, ArgumentsOption, CheckOption, StatsOption, JsonOption, SeedOption, DeviceOption, StepLimitOption, IncludeOption,
            DefineOption,
        };
        run.SetAction(result => Guarded(error, () => RunCommand.Execute(Read(result), output, error)));
        var info = new Command("info", "List a file's kernels: parameters, registers, shared memory, instruction mix.") { FileArgument, DeviceOption, IncludeOption, DefineOption };
        info.SetAction(result => Guarded(error, () => InfoCommand.Execute(result.GetRequiredValue(FileArgument), Device(result), CompilerOptions(result), output, error)));
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

    private static RunOptions Read(ParseResult result) => new()
    {
        File = result.GetRequiredValue(FileArgument),
        Entry = result.GetValue(EntryOption),
        Grid = Dimensions("--grid", result.GetRequiredValue(GridOption)),
        Block = Dimensions("--block", result.GetRequiredValue(BlockOption)),
        SharedBytes = (int)Number("--shared", result.GetRequiredValue(SharedOption), int.MaxValue),
        Arguments = [.. (result.GetValue(ArgumentsOption) ?? []).Select(KernelArgument.Parse)],
        Checks = Usage("--check", result.GetRequiredValue(CheckOption), SimulatorDriverOptions.ParseChecks),
        Stats = result.GetValue(StatsOption),
        JsonFile = result.GetValue(JsonOption),
        Seed = (int)Number("--seed", result.GetRequiredValue(SeedOption), int.MaxValue),
        StepLimit = Number("--step-limit", result.GetRequiredValue(StepLimitOption), long.MaxValue),
        Device = Device(result),
        CompilerOptions = CompilerOptions(result),
    };

    private static string[] CompilerOptions(ParseResult result) =>
    [
        .. (result.GetValue(IncludeOption) ?? []).Select(static folder => "-I" + folder),
        .. (result.GetValue(DefineOption) ?? []).Select(static definition => "-D" + definition),
    ];

    private static SimulatedDeviceProperties Device(ParseResult result)
    {
        string name = result.GetValue(DeviceOption) ?? Environment.GetEnvironmentVariable("WRN_PTXSIM_DEVICE") ?? "";
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
