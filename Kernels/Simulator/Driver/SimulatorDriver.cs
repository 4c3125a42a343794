using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Driver.Entries;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;
using Dim3 = WrnEngine.Kernels.Simulator.Machine.Dim3;

namespace WrnEngine.Kernels.Simulator.Driver;

/// <summary>One launch that the software driver ran.</summary>
public sealed record LaunchRecord(PtxEntry Entry, Dim3 Grid, Dim3 Block, int DynamicSharedBytes, LaunchResult Result);

/// <summary>
/// A CUDA driver without a GPU: <see cref="Table"/> has the entries of cuda.h, and host code written against them runs unchanged on the
/// simulator. There is one such driver in a process, as there is one libcuda.
/// </summary>
public static class SimulatorDriver
{
    private const int MaxFindings = 1000;

    private static readonly List<Finding> AllFindings = [];
    private static SimulatorDriverOptions? _options;
    private static LaunchOptions? _launchOptions;

    /// <summary>The driver's interface.</summary>
    public static CudaApi Table { get; } = CreateTable();

    /// <summary>How it behaves; at first as <see cref="SimulatorDriverOptions.FromEnvironment"/> says.</summary>
    /// <exception cref="ArgumentException">An environment variable holds something that is not understood.</exception>
    public static SimulatorDriverOptions Options
    {
        get => _options ??= SimulatorDriverOptions.FromEnvironment();
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            lock (DriverState.Gate)
            {
                (_options, _launchOptions) = (value, null);
            }
        }
    }

    /// <summary>
    /// Called before every entry with its documented name (`cuMemAlloc`): an error that it returns is the entry's answer, and the entry does
    /// nothing. So a test can make each driver call fail in turn, or count calls.
    /// </summary>
    public static Func<string, CudaResult>? Intercept { get; set; }

    /// <summary>Called after every launch, in the order in which they ran.</summary>
    public static event Action<LaunchRecord>? Launched;

    /// <summary>What the checks found since the start or the last <see cref="Reset"/>, at most 1000.</summary>
    public static IReadOnlyList<Finding> Findings
    {
        get
        {
            lock (DriverState.Gate)
            {
                return [.. AllFindings];
            }
        }
    }

    /// <summary>What the last fault was about: kernel, line, block, thread, address. Empty when nothing failed.</summary>
    public static string LastFault { get; internal set; } = "";

    /// <summary>What host code has made and not given back.</summary>
    public static SimulatorCensus Census
    {
        get
        {
            lock (DriverState.Gate)
            {
                return DriverState.Census();
            }
        }
    }

    /// <summary>Forgets everything, as if the process had just started: contexts, findings, cuInit. Other handles become invalid.</summary>
    /// <param name="options">How to behave from now on; null keeps what was set.</param>
    public static void Reset(SimulatorDriverOptions? options = null)
    {
        lock (DriverState.Gate)
        {
            DriverState.Reset();
            AllFindings.Clear();
            LastFault = "";
            Intercept = null;
            if (options != null)
            {
                Options = options;
            }
        }
    }

    /// <summary>Forgets what the checks found; everything else stays.</summary>
    public static void ForgetFindings()
    {
        lock (DriverState.Gate)
        {
            AllFindings.Clear();
        }
    }

    internal static LaunchOptions LaunchOptions => _launchOptions ??= new LaunchOptions
    {
        Checks = Options.Checks,
        CollectMetrics = Options.CollectMetrics,
        Observer = Options.Observer,
        Seed = Options.Seed,
        StepLimit = Options.StepLimit,
        Workers = Options.Workers,
        Print = Options.Print,
    };

    internal static void Completed(LaunchRecord launch)
    {
        foreach (Finding finding in launch.Result.Findings)
        {
            Report(finding);
        }

        if (!launch.Result.IsSuccess)
        {
            LastFault = launch.Result.Message;
        }

        Launched?.Invoke(launch);
    }

    internal static void Report(Finding finding)
    {
        if (AllFindings.Count < MaxFindings)
        {
            AllFindings.Add(finding);
        }
    }

    private static CudaApi CreateTable()
    {
        var api = new CudaApi();
        DeviceEntries.Fill(api);
        ContextEntries.Fill(api);
        ModuleEntries.Fill(api);
        MemoryEntries.Fill(api);
        HostMemoryEntries.Fill(api);
        StreamEntries.Fill(api);
        EventEntries.Fill(api);
        GraphEntries.Fill(api);
        return api;
    }
}
