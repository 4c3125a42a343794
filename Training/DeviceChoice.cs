using System.Globalization;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Cuda;
using WrnEngine.Devices.Cuda.Libraries;
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
            Graphs = !options.Get(DeviceOptions.NoGraph),
            Conv = OptionName.Find<Implementation>(options.Get(DeviceOptions.Conv))!.Value,
            Norm = OptionName.Find<Implementation>(options.Get(DeviceOptions.Norm))!.Value,
            Deterministic = options.Get(DeviceOptions.Deterministic),
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
        catch (CudaLibraryException e)
        {
            throw new UserException(
                ExitCode.NoDevice, $"--device {name} cannot be used with cuDNN and cuBLAS: {e.Message.TrimEnd('.')}; use --conv native --norm native.", e);
        }
    }

    private static CpuDevice OpenCpu(ParsedOptions options, CudaOptions asked)
    {
        if (asked.Tf32 || asked.MixedPrecision)
        {
            throw new UserException(
                ExitCode.Usage, $"{(asked.Tf32 ? "--tf32" : "--amp")} is for tensor cores, and the cpu device has none; add --device cuda, or leave it out.");
        }

        if (CudnnOption(asked) is { } cudnn)
            throw new UserException(ExitCode.Usage, $"{cudnn} cudnn is for CUDA devices, and this is the cpu device; add --device cuda, or leave it out.");
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

        if (CudnnOption(cuda) is { } cudnn)
            throw new UserException(ExitCode.NoDevice, $"{cudnn} cudnn cannot be used: {Simulator} runs the project's own kernels only; leave it out.");
        SimulatorReport.Start();
        return new CudaDevice(SimulatorDriver.Table, Simulator, options: cuda);
    }

    private static CudaDevice OpenCuda(string name, CudaOptions cuda, Inventory inventory)
    {
        int ordinal = name.IndexOf(':') is >= 0 and int colon ? int.Parse(name.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture) : 0;
        if (inventory.ProblemOf(ordinal) is { } problem)
            throw new UserException(ExitCode.NoDevice, $"--device {name} cannot be used: {problem}; use --device cpu, or leave it out.");
        // Where nobody may take them, they are not even looked for.
        bool isOwn = cuda.Conv != Implementation.Cudnn && cuda.Norm != Implementation.Cudnn
            && (cuda.Deterministic || (cuda.Conv == Implementation.Native && cuda.Norm == Implementation.Native));
        var libraries = isOwn ? CudaLibraries.None : inventory.Libraries;
        if (libraries.CuDnn.Api is null && CudnnOption(cuda) is { } cudnn)
            throw new UserException(ExitCode.NoDevice, $"{cudnn} cudnn cannot be used: {libraries.CuDnnSentence().TrimEnd('.')}.");
        return new CudaDevice(inventory.Cuda.Load.Api!, $"cuda:{ordinal}", ordinal, cuda with { Libraries = libraries });
    }

    /// <summary>The option that asks for cuDNN, if one does.</summary>
    private static string? CudnnOption(CudaOptions asked) => asked switch
    {
        { Conv: Implementation.Cudnn } => DeviceOptions.Conv.Name,
        { Norm: Implementation.Cudnn } => DeviceOptions.Norm.Name,
        _ => null,
    };

    /// <summary>What the choice came to, and for <c>auto</c> also why.</summary>
    public static string Explain(string name, Device device) => Explain(name, device, Inventory.Machine);

    /// <summary>What the choice from an inventory came to, and for <c>auto</c> also why.</summary>
    public static string Explain(string name, Device device, Inventory inventory) =>
        name == "auto" ? $"{device.Description}: {inventory.CudaSentence()}" : device.Description;

    private static bool IsCuda(string text) =>
        text.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(text["cuda:".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
