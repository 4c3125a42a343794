using System.Runtime.CompilerServices;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator;

/// <summary>
/// Runs PTX kernels without a GPU, in a few lines: load a module, put arrays into device memory, launch, read back, look at the findings.
/// <see cref="SimulatedDevice"/> is the layer below, with parameter blocks and addresses; Driver/SimulatorDriver the CUDA driver's interface.
/// </summary>
/// <example>
/// <code>
/// using var gpu = new PtxSimulator();
/// using KernelModule module = gpu.LoadFile("block_sum.ptx");
/// using SimulatorBuffer&lt;int&gt; x = gpu.Upload&lt;int&gt;(numbers), sums = gpu.Allocate&lt;int&gt;(4);
/// LaunchResult result = module.Launch("block_sum", grid: new(4), block: new(256), x, sums, 1000);
/// foreach (Finding finding in result.Findings) Console.WriteLine(finding);
/// int[] read = sums.ToArray();
/// </code>
/// </example>
public sealed class PtxSimulator : IDisposable
{
    /// <param name="device">Limits to obey; sm_80 unless given.</param>
    /// <param name="options">Checks, metrics, seed, step limit of every launch; all checks and 10 billion warp instructions unless given.</param>
    /// <param name="memoryBytes">Size of its memory; only what is touched costs host memory.</param>
    public PtxSimulator(SimulatedDeviceProperties? device = null, LaunchOptions? options = null, long memoryBytes = 8L << 30)
    {
        Options = options ?? new LaunchOptions { Checks = CheckKinds.All, StepLimit = 10_000_000_000 };
        Device = new SimulatedDevice(device ?? SimulatedDeviceProperties.Sm80, memoryBytes);
        if (Options.Checks.HasFlag(CheckKinds.Initcheck))
        {
            Device.Memory.TrackInitialization();
        }
    }

    public LaunchOptions Options { get; }

    /// <summary>The device below.</summary>
    public SimulatedDevice Device { get; }

    /// <summary>Loads PTX text; findings call it <paramref name="fileName"/>.</summary>
    /// <exception cref="PtxException">It is not understood, or needs a newer device: names file, line and token.</exception>
    public KernelModule Load(string ptx, string fileName = "module.ptx")
    {
        ArgumentNullException.ThrowIfNull(ptx);
        return new KernelModule(this, Device.Load(PtxModule.Parse(ptx, fileName)));
    }

    /// <summary>Loads a .ptx file.</summary>
    /// <exception cref="PtxException">It is not understood, or needs a newer device: names file, line and token.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public KernelModule LoadFile(string path) => Load(File.ReadAllText(path), path);

    /// <summary>Device memory for <paramref name="length"/> elements, not initialised, as cuMemAlloc gives it.</summary>
    /// <exception cref="InsufficientMemoryException">The device has not enough.</exception>
    public SimulatorBuffer<T> Allocate<T>(int length)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        long bytes = (long)length * Unsafe.SizeOf<T>();
        return Device.Memory.TryAllocate(bytes, out ulong address)
            ? new SimulatorBuffer<T>(Device.Memory, address, length)
            : throw new InsufficientMemoryException($"{bytes} bytes do not fit into the simulated device: {Device.Memory.Free} of {Device.Memory.Capacity} are free.");
    }

    /// <summary>Device memory with a copy of an array.</summary>
    /// <exception cref="InsufficientMemoryException">The device has not enough.</exception>
    public SimulatorBuffer<T> Upload<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        SimulatorBuffer<T> buffer = Allocate<T>(values.Length);
        buffer.Write(values);
        return buffer;
    }

    public void Dispose() => Device.Dispose();
}
