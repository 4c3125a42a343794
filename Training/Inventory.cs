using System.Diagnostics.CodeAnalysis;
using Spectre.Console;
using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Training;

/// <summary>What there is to compute with.</summary>
/// <param name="cuda">The CUDA devices that a driver shows.</param>
/// <param name="loadLibraries">Looks for cuDNN and cuBLAS, by the driver's version; by default there are none.</param>
internal sealed class Inventory(CudaProbeResult cuda, Func<int, CudaLibraries>? loadLibraries = null)
{
    private const int NewestDriver = 99_000;

    private static readonly Lazy<Inventory> LazyMachine = new(() => new Inventory(CudaDeviceProbe.Run(), CudaLibraries.Load));

    private readonly Lazy<CudaLibraries> _libraries = new(() => loadLibraries?.Invoke(cuda.DriverVersion ?? NewestDriver) ?? CudaLibraries.None);

    /// <summary>That of this machine.</summary>
    public static Inventory Machine => LazyMachine.Value;

    /// <summary>The CUDA devices that the driver shows.</summary>
    public CudaProbeResult Cuda => cuda;

    /// <summary>cuDNN and cuBLAS, looked for when somebody asks.</summary>
    public CudaLibraries Libraries => _libraries.Value;

    /// <summary>What <c>--device auto</c> takes: the first CUDA device where the kernels run on it, the processor elsewhere.</summary>
    public string AutoDevice => cuda.Devices is [var first, ..] && cuda.ProblemOf(first) is null ? NameOf(first) : "cpu";

    /// <summary>Part of a sentence that says which CUDA device there is to use, or why there is none.</summary>
    public string CudaSentence()
    {
        if (cuda.Devices is [var first, ..])
            return cuda.ProblemOf(first) is { } problem ? $"{NameOf(first)} cannot be used: {problem}" : $"{NameOf(first)} is there, {first.Name}";
        bool hasNoDriver = cuda.Load is { Api: null, MissingSymbol: null };
        return $"there is no CUDA device ({(hasNoDriver ? "no CUDA driver was found" : cuda.Problem!.TrimEnd('.'))})";
    }

    /// <summary>Why there is no such CUDA device, or why it cannot be used; null where it can be.</summary>
    public string? ProblemOf(int ordinal)
    {
        if (ordinal < cuda.Devices.Count) return cuda.ProblemOf(cuda.Devices[ordinal]);
        return cuda.Devices.Count switch
        {
            0 => CudaSentence(),
            1 => "this machine has one CUDA device, cuda:0",
            var count => $"this machine has {count} CUDA devices, cuda:0 to cuda:{count - 1}",
        };
    }

    /// <summary>A table of devices, then what was looked for.</summary>
    [SuppressMessage("IDisposableAnalyzers.Correctness", "IDISP004", Justification = "the rows hold text only")]
    public void Write(Terminal terminal)
    {
        using var cpu = new CpuDevice();
        string auto = AutoDevice;
        var table = new Table().Border(TableBorder.Simple);
        foreach (string title in new[] { "Device", "What it is", "Use" }) table.AddColumn(new TableColumn(title).NoWrap());
        table.AddRow("cpu", Markup.Escape($"{cpu.Team.ThreadCount} threads, {CpuDevice.InstructionSet}"), Use("cpu"));
        foreach (var d in cuda.Devices)
        {
            table.AddRow(
                NameOf(d),
                Markup.Escape(
                    $"{d.Name}, compute capability {d.ComputeCapability}, {d.MemoryBytes / (double)(1 << 30):F1} GiB, {d.Multiprocessors} multiprocessors"),
                cuda.ProblemOf(d) is null ? Use(NameOf(d)) : "cannot be used, see below");
        }

        table.AddRow("ptxsim", "the same kernels on a CUDA driver in software, to test them", "--device ptxsim");
        terminal.Ansi.Write(table);
        if (cuda.DriverVersionText is { } version) terminal.Out.WriteLine($"CUDA driver {version} from {cuda.Load.LibraryPath}.");
        if (cuda.Problem is { } problem) terminal.Out.WriteLine($"Looked for a CUDA device: {problem}");
        foreach (var d in cuda.Devices)
        {
            if (cuda.ProblemOf(d) is { } reason) terminal.Out.WriteLine($"{NameOf(d)} cannot be used: {reason}.");
        }

        terminal.Out.WriteLine(Libraries.CuDnnSentence());
        terminal.Out.WriteLine(Libraries.CuBlasSentence());
        foreach (string note in Libraries.Notes) terminal.Out.WriteLine(note);

        string Use(string name) => $"--device {name}{(name == auto ? ", and what auto takes" : "")}";
    }

    private static string NameOf(CudaDeviceInfo device) => $"cuda:{device.Ordinal}";
}
