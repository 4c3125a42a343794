using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Driver;

/// <summary>How the software driver behaves. Device and memory size are read when a context is created, the rest at each launch.</summary>
public sealed record SimulatorDriverOptions
{
    /// <summary>The device to simulate.</summary>
    public SimulatedDeviceProperties Device { get; init; } = SimulatedDeviceProperties.Sm80;

    /// <summary>Device memory in bytes; only what is touched costs host memory.</summary>
    public long MemoryBytes { get; init; } = 8L << 30;

    /// <summary>Checks that every launch runs under.</summary>
    public CheckKinds Checks { get; init; }

    /// <summary>
    /// 0: work runs when something waits for it, and no sooner, so that a missing synchronisation shows. Any other value is a reproducible
    /// other order that the driver's promises also allow, for streams, graphs, blocks and warps.
    /// </summary>
    public int Seed { get; init; }

    /// <summary>Count instructions and memory transactions of every launch.</summary>
    public bool CollectMetrics { get; init; }

    /// <summary>Is told of every access to memory of every launch; null costs nothing.</summary>
    public IAccessObserver? Observer { get; init; }

    /// <summary>Warp instructions after which a launch counts as endless (error 702); 0 is no limit.</summary>
    public long StepLimit { get; init; } = 50_000_000_000;

    /// <summary>Host threads per launch; 0 takes one per core.</summary>
    public int Workers { get; init; }

    /// <summary>Receives what kernels print; null writes to the console.</summary>
    public Action<string>? Print { get; init; }

    /// <summary>
    /// Options of the environment: WRN_PTXSIM_DEVICE (sm_75, sm_80, sm_90), WRN_PTXSIM_CHECK (all, none or a comma-separated list),
    /// WRN_PTXSIM_SEED, WRN_PTXSIM_MEMORY (bytes).
    /// </summary>
    /// <exception cref="ArgumentException">A variable holds something else: the message names it.</exception>
    public static SimulatorDriverOptions FromEnvironment()
    {
        var options = new SimulatorDriverOptions();
        if (Variable("WRN_PTXSIM_DEVICE") is string device)
        {
            options = options with { Device = Named("WRN_PTXSIM_DEVICE", device, SimulatedDeviceProperties.ForTarget) };
        }

        if (Variable("WRN_PTXSIM_CHECK") is string checks)
        {
            options = options with { Checks = Named("WRN_PTXSIM_CHECK", checks, ParseChecks) };
        }

        if (Variable("WRN_PTXSIM_SEED") is string seed)
        {
            options = options with { Seed = int.TryParse(seed, out int value) ? value : throw NotANumber("WRN_PTXSIM_SEED", seed) };
        }

        if (Variable("WRN_PTXSIM_MEMORY") is string memory)
        {
            long bytes = long.TryParse(memory, out long value) && value >= 1 << 20 ? value : throw NotANumber("WRN_PTXSIM_MEMORY", memory);
            options = options with { MemoryBytes = bytes };
        }

        return options;
    }

    /// <summary>Reads `all`, `none` or a comma-separated list of checks.</summary>
    /// <exception cref="ArgumentException">A name is not a check.</exception>
    public static CheckKinds ParseChecks(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var checks = CheckKinds.None;
        foreach (string name in text.Split(',', StringSplitOptions.TrimEntries))
        {
            checks |= name switch
            {
                "all" => CheckKinds.All,
                "none" => CheckKinds.None,
                "memcheck" => CheckKinds.Memcheck,
                "racecheck" => CheckKinds.Racecheck,
                "initcheck" => CheckKinds.Initcheck,
                "synccheck" => CheckKinds.Synccheck,
                _ => throw new ArgumentException(
                    $"There is no check '{name}'; there are memcheck, racecheck, initcheck, synccheck, all and none."),
            };
        }

        return checks;
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static T Named<T>(string variable, string value, Func<string, T> parse)
    {
        try
        {
            return parse(value);
        }
        catch (ArgumentException e)
        {
            // The name of a method's parameter means nothing to whoever set the variable.
            string sentence = e.ParamName is null ? e.Message : e.Message.Replace($" (Parameter '{e.ParamName}')", "", StringComparison.Ordinal);
            throw new ArgumentException($"{variable}: {sentence}", e);
        }
    }

    private static ArgumentException NotANumber(string variable, string value) =>
        new($"{variable} is '{value}'; it takes a whole number{(variable == "WRN_PTXSIM_MEMORY" ? " of bytes, 1048576 or more" : "")}.");
}
