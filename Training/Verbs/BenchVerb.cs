using System.Diagnostics;
using System.Text.Json.Nodes;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Profiling;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Profiling;
using WrnEngine.Training.Runs;
using WrnEngine.Training.Simulation;

namespace WrnEngine.Training.Verbs;

/// <summary><c>wrn bench</c>: the time of a training step or of a forward pass, on one random batch.</summary>
internal static class BenchVerb
{
    /// <summary>The verb.</summary>
    public static Verb Verb { get; } = new(
        "bench", "measure the time of a training step, or of a forward pass", "--depth 16 --k 8 --steps 10", Run,
        BenchOptions.Group, NetworkOptions.Group, new OptionGroup("Recipe", RecipeOptions.BatchSize), new OptionGroup("Data", DataOptions.ImageSize), DeviceOptions.Group, RunOptions.ResultGroup);

    private static int Run(ParsedOptions options, Terminal terminal)
    {
        var result = ResultFile.Prepare(options.Get(RunOptions.Result));
        using var plain = DeviceChoice.Create(options);
        bool counts = options.Get(BenchOptions.Metrics);
        if (counts && plain.Name != DeviceChoice.Simulator)
            throw new UserException(ExitCode.Usage, "--metrics counts what kernels do on the simulator; add --device ptxsim.");
        using var profiled = counts || options.Get(BenchOptions.Layers) ? new ProfiledDevice(plain) : null;
        using var kernels = counts ? new KernelCounts(profiled!) : null;
        var device = Profiled(plain, profiled);
        ulong seed = options.Get(DeviceOptions.Seed);
        int batch = options.Get(RecipeOptions.BatchSize);
        bool infers = options.Get(BenchOptions.Infer);
        var network = Settings.Network(options);
        int side = options.Get(DataOptions.ImageSize) ?? network.Architecture.ImageSize, classes = network.Architecture.ClassCount;
        using var timer = new StepTimer(device, network with { NumClasses = classes }, batch, side, seed, infers);
        var seconds = new double[options.Get(BenchOptions.Steps)];
        var hostSeconds = new double[seconds.Length];
        for (int i = -timer.WarmupSteps; i < seconds.Length; i++)
        {
            if (i == 0)
            {
                profiled?.Reset();
                kernels?.Reset();
                device.Memory.ResetPeak();
            }
            try
            {
                var (whole, host) = timer.Step();
                if (i >= 0) (seconds[i], hostSeconds[i]) = (whole, host);
            }
            catch (Exception e) when (DeviceFault.Is(e))
            {
                timer.ReleaseBatch();
                throw DeviceFault.Of(e, plain, new StepSize(timer.Model.Options, batch, side, Trains: !infers));
            }
        }

        long kept = device.Memory.LiveBytes, most = device.Memory.PeakBytes;
        timer.ReleaseBatch();
        double median = Summary.Of(seconds).Median;
        string what = $"{timer.Model.Options.Name}  batch {batch}  {(infers ? "forward" : "training")}";
        terminal.Out.WriteLine($"{what}  {median:F4} s/step (median of {seconds.Length})  {batch / median:N1} images/s  {device.Description}");
        terminal.Out.WriteLine($"memory  {most / 1e6:F0} MB at most: {kept / 1e6:F0} MB stay from step to step, {(most - kept) / 1e6 / batch:F2} MB an image come and go");
        if (profiled is not null && plain is CpuDevice cpu) OpTable.Write(profiled.Timings, seconds.Length, CpuLimits.Measure(cpu), terminal.Out);
        if (kernels is not null) KernelTable.Write(profiled!.Timings, kernels, seconds.Length, terminal.Out);
        var report = new JsonObject
        {
            ["config"] = options.ToJson(),
            ["device"] = device.Description,
            ["parameters"] = timer.Model.ParameterCount,
            ["secondsPerStep"] = median,
            ["imagesPerSecond"] = batch / median,
            ["peakTensorBytes"] = most,
            ["keptTensorBytes"] = kept,
            ["tensorBytesPerImage"] = (most - kept) / batch,
            ["peakProcessBytes"] = Process.GetCurrentProcess().PeakWorkingSet64,
        };
        // Until everything was enqueued; a device that does not run ahead of its host is done by then.
        if (device.RunsAhead && profiled is null) report["hostSecondsPerStep"] = Summary.Of(hostSeconds).Median;
        if (profiled is not null) report["ops"] = OpTable.ToJson(profiled.Timings, seconds.Length);
        if (kernels is not null) report["kernels"] = KernelTable.ToJson(profiled!.Timings, kernels, seconds.Length);
        result.Write(report);
        return ExitCode.Ok;
    }

    private static Device Profiled(Device plain, ProfiledDevice? profiled) => profiled ?? plain;
}
