using System.Diagnostics.CodeAnalysis;
using Spectre.Console;
using WrnEngine.Devices.Cpu;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Training;

/// <summary>What this machine has to compute with.</summary>
internal static class Inventory
{
    private static readonly Lazy<CudaProbeResult> LazyCuda = new(CudaDeviceProbe.Run);

    /// <summary>The CUDA devices that the driver shows.</summary>
    public static CudaProbeResult Cuda => LazyCuda.Value;

    /// <summary>Part of a sentence that says which CUDA devices there are, or why there are none.</summary>
    public static string CudaSentence() => CudaSentence(LazyCuda.Value);

    /// <summary>A table of devices, then what was looked for.</summary>
    [SuppressMessage("IDisposableAnalyzers.Correctness", "IDISP004", Justification = "the rows hold text only")]
    public static void Write(Terminal terminal)
    {
        var cuda = LazyCuda.Value;
        using var cpu = new CpuDevice();
        var table = new Table().Border(TableBorder.Simple);
        foreach (string title in new[] { "Device", "What it is", "Use" }) table.AddColumn(new TableColumn(title).NoWrap());
        table.AddRow("cpu", Markup.Escape($"{cpu.Team.ThreadCount} threads, {CpuDevice.InstructionSet}"), "--device cpu, and what auto takes");
        foreach (var d in cuda.Devices)
        {
            table.AddRow(
                $"cuda:{d.Ordinal}",
                Markup.Escape(
                    $"{d.Name}, compute capability {d.ComputeCapability}, {d.MemoryBytes / (double)(1 << 30):F1} GiB, {d.Multiprocessors} multiprocessors"),
                $"--device cuda:{d.Ordinal}");
        }

        table.AddRow("ptxsim", "the same kernels on a CUDA driver in software, to test them", "--device ptxsim");
        terminal.Ansi.Write(table);
        if (cuda.DriverVersionText is { } version) terminal.Out.WriteLine($"CUDA driver {version} from {cuda.Load.LibraryPath}.");
        if (cuda.Problem is { } problem) terminal.Out.WriteLine($"Looked for a CUDA device: {problem}");
    }

    private static string CudaSentence(CudaProbeResult cuda)
    {
        if (cuda.Devices is [var device, ..]) return $"there is a CUDA device, {device.Name}: --device cuda:0 uses it";
        bool hasNoDriver = cuda.Load is { Api: null, MissingSymbol: null };
        string problem = hasNoDriver ? "no CUDA driver was found" : cuda.Problem!.TrimEnd('.');
        return $"there is no CUDA device ({problem})";
    }
}
