using System.Globalization;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Cuda;
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
    /// <exception cref="UserException">It is not here.</exception>
    public static Device Create(ParsedOptions options)
    {
        string name = options.Get(DeviceOptions.Device);
        bool fuses = !options.Get(DeviceOptions.NoFuse);
        var cuda = new CudaOptions { Fuse = fuses, Tf32 = options.Get(DeviceOptions.Tf32), MixedPrecision = options.Get(DeviceOptions.Amp), Graphs = !options.Get(DeviceOptions.NoGraph) };
        if (name is "auto" or "cpu")
        {
            if (cuda.Tf32 || cuda.MixedPrecision)
                throw new UserException(
                    ExitCode.Usage, $"{(cuda.Tf32 ? "--tf32" : "--amp")} is for tensor cores, and the cpu device has none; add --device cuda, or leave it out.");
            var conv = OptionName.Find<ConvAlgorithm>(options.Get(DeviceOptions.CpuConv))!.Value;
            return new CpuDevice(options.Get(DeviceOptions.Threads), conv: conv, fuse: fuses);
        }

        try
        {
            return name == Simulator ? OpenSimulator(cuda) : OpenCuda(name, cuda);
        }
        catch (NotSupportedException e)
        {
            throw new UserException(ExitCode.NoDevice, $"--device {name} cannot be used so: {e.Message}.");
        }
    }

    private static CudaDevice OpenSimulator(CudaOptions options)
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
        return new CudaDevice(SimulatorDriver.Table, Simulator, options: options);
    }

    private static CudaDevice OpenCuda(string name, CudaOptions options)
    {
        int ordinal = name.IndexOf(':') is >= 0 and int colon ? int.Parse(name.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture) : 0;
        var cuda = Inventory.Cuda;
        if (ordinal < cuda.Devices.Count) return new CudaDevice(cuda.Load.Api!, $"cuda:{ordinal}", ordinal, options: options);
        string reason = cuda.IsUsable ? $"the last CUDA device is cuda:{cuda.Devices.Count - 1}" : Inventory.CudaSentence();
        throw new UserException(ExitCode.NoDevice, $"--device {name} cannot be used: {reason}; use --device cpu, or leave it out.");
    }

    /// <summary>What the choice came to, and for <c>auto</c> also why.</summary>
    public static string Explain(string name, Device device) =>
        name == "auto" ? $"{device.Description}: {Inventory.CudaSentence()}" : device.Description;

    private static bool IsCuda(string text) =>
        text.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(text["cuda:".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
