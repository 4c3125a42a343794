using System.Globalization;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Models;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Simulation;

namespace WrnEngine.Training;

/// <summary>Turns <c>--device</c> into a device.</summary>
internal static class DeviceChoice
{
    /// <summary>The CUDA device that is a program.</summary>
    public const string Simulator = "ptxsim";

    private static readonly string[] Names = ["auto", "cpu", "cuda", Simulator];

    /// <summary>Accepts <c>auto</c>, <c>cpu</c>, <c>cuda</c>, <c>cuda:N</c> and <c>ptxsim</c>.</summary>
    public static (string? Value, string? Problem) ReadName(string text) =>
        Names.Contains(text) || IsCuda(text) ? (text, null) : (null, $"must be one of {string.Join(", ", Names)}");

    /// <summary>Creates the device that the options ask for.</summary>
    /// <exception cref="UserException">It is not here, or cannot be used.</exception>
    public static Device Create(ParsedOptions options) => Create(options, Inventory.Machine);

    /// <summary>Creates the device that the options ask for, of those that an inventory has.</summary>
    /// <exception cref="UserException">It is not there, or cannot be used.</exception>
    public static Device Create(ParsedOptions options, Inventory inventory)
    {
        string name = options.Get(DeviceOptions.Device);
        if (name == "auto") name = inventory.AutoDevice;
        var cuda = new CudaOptions
        {
            Fuse = !options.Get(DeviceOptions.NoFuse),
            Tf32 = options.Get(DeviceOptions.Tf32),
            MixedPrecision = options.Get(DeviceOptions.Amp),
        };
        if (name == "cpu") return OpenCpu(options, cuda);
        try
        {
            return name == Simulator ? OpenSimulator(cuda) : OpenCuda(name, cuda, inventory);
        }
        catch (NotSupportedException e)
        {
            throw new UserException(ExitCode.NoDevice, $"--device {name} cannot be used so: {e.Message}.");
        }
        catch (CudaException e)
        {
            throw new UserException(ExitCode.NoDevice, $"--device {name} cannot be used: {e.Message.TrimEnd('.')}; use --device cpu.", e);
        }
    }

    private static CpuDevice OpenCpu(ParsedOptions options, CudaOptions asked)
    {
        if (asked.Tf32 || asked.MixedPrecision)
        {
            throw new UserException(
                ExitCode.Usage, $"{(asked.Tf32 ? "--tf32" : "--amp")} is for tensor cores, and the cpu device has none; add --device cuda, or leave it out.");
        }

        var conv = OptionName.Find<ConvAlgorithm>(options.Get(DeviceOptions.CpuConv))!.Value;
        return new CpuDevice(options.Get(DeviceOptions.Threads), conv: conv, fuse: asked.Fuse);
    }

    private static CudaDevice OpenSimulator(CudaOptions cuda)
    {
        try
        {
            _ = SimulatorDriver.Options;
        }
        catch (ArgumentException e)
        {
            throw new UserException(ExitCode.Usage, e.Message);
        }

        SimulatorReport.Start();
        return new CudaDevice(SimulatorDriver.Table, Simulator, options: cuda);
    }

    private static CudaDevice OpenCuda(string name, CudaOptions cuda, Inventory inventory)
    {
        int ordinal = name.IndexOf(':') is >= 0 and int colon ? int.Parse(name.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture) : 0;
        if (inventory.ProblemOf(ordinal) is { } problem)
            throw new UserException(ExitCode.NoDevice, $"--device {name} cannot be used: {problem}; use --device cpu, or leave it out.");
        return new CudaDevice(inventory.Cuda.Load.Api!, $"cuda:{ordinal}", ordinal, cuda);
    }

    /// <summary>What the choice came to, and for <c>auto</c> also why.</summary>
    public static string Explain(string name, Device device) => Explain(name, device, Inventory.Machine);

    /// <summary>What the choice from an inventory came to, and for <c>auto</c> also why.</summary>
    public static string Explain(string name, Device device, Inventory inventory) =>
        name == "auto" ? $"{device.Description}: {inventory.CudaSentence()}" : device.Description;

    private static bool IsCuda(string text) =>
        text.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(text["cuda:".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
