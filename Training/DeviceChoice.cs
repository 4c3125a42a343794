using System.Globalization;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Training.CommandLine;

namespace WrnEngine.Training;

/// <summary>Turns <c>--device</c> into a device.</summary>
internal static class DeviceChoice
{
    private static readonly string[] Names = ["auto", "cpu", "cuda", "ptxsim"];

    /// <summary>Accepts <c>auto</c>, <c>cpu</c>, <c>cuda</c>, <c>cuda:N</c> and <c>ptxsim</c>.</summary>
    public static (string? Value, string? Problem) ReadName(string text) =>
        Names.Contains(text) || IsCuda(text) ? (text, null) : (null, $"must be one of {string.Join(", ", Names)}");

    /// <summary>Creates the device that the options ask for.</summary>
    /// <exception cref="UserException">It is not here.</exception>
    public static Device Create(ParsedOptions options)
    {
        string name = options.Get(DeviceOptions.Device);
        var conv = OptionName.Find<ConvAlgorithm>(options.Get(DeviceOptions.CpuConv))!.Value;
        if (name is "auto" or "cpu") return new CpuDevice(options.Get(DeviceOptions.Threads), conv: conv, fuse: !options.Get(DeviceOptions.NoFuse));
        string reason = name == "ptxsim"
            ? "the PTX simulator does not run tensors yet"
            : Inventory.CudaSentence();
        throw new UserException(ExitCode.NoDevice, $"--device {name} cannot be used: {reason}; use --device cpu, or leave it out.");
    }

    /// <summary>What the choice came to, and for <c>auto</c> also why.</summary>
    public static string Explain(string name, Device device) =>
        name == "auto" ? $"{device.Description}: {Inventory.CudaSentence()}" : device.Description;

    private static bool IsCuda(string text) =>
        text.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(text["cuda:".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
