using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator;

/// <summary>A module on a <see cref="PtxSimulator"/>.</summary>
public sealed class KernelModule : IDisposable
{
    private readonly PtxSimulator _simulator;
    private readonly LoadedModule _loaded;

    internal KernelModule(PtxSimulator simulator, LoadedModule loaded) => (_simulator, _loaded) = (simulator, loaded);

    /// <summary>Its kernels, with parameters, registers and shared memory.</summary>
    public IReadOnlyList<PtxEntry> Kernels => _loaded.Module.Entries;

    /// <summary>Runs a kernel to its end, under the simulator's <see cref="PtxSimulator.Options"/>.</summary>
    /// <param name="kernel">Name of the kernel, as the PTX has it.</param>
    /// <param name="grid">Blocks.</param>
    /// <param name="block">Threads per block.</param>
    /// <param name="arguments">Its parameters in order: buffers, numbers, or structs by <see cref="LaunchArgument.Of{T}(in T)"/>.</param>
    /// <returns>How it ended, and what the checks found. A fault is a status, not an exception.</returns>
    /// <exception cref="ArgumentException">There is no such kernel, or an argument does not fit its parameter.</exception>
    public LaunchResult Launch(string kernel, Dim3 grid, Dim3 block, params ReadOnlySpan<LaunchArgument> arguments) =>
        Launch(kernel, grid, block, 0, arguments);

    /// <inheritdoc cref="Launch(string, Dim3, Dim3, ReadOnlySpan{LaunchArgument})"/>
    /// <param name="dynamicSharedBytes">Dynamic shared memory per block.</param>
    public LaunchResult LaunchWithShared(string kernel, Dim3 grid, Dim3 block, int dynamicSharedBytes, params ReadOnlySpan<LaunchArgument> arguments) =>
        Launch(kernel, grid, block, dynamicSharedBytes, arguments);

    /// <summary>Frees the module's variables.</summary>
    public void Dispose() => _loaded.Dispose();

    private LaunchResult Launch(string kernel, Dim3 grid, Dim3 block, int dynamicSharedBytes, ReadOnlySpan<LaunchArgument> arguments)
    {
        PtxEntry entry = _loaded.Module.FindEntry(kernel) ?? throw new ArgumentException(
            $"{_loaded.Module.FileName} has no kernel '{kernel}'; it has {string.Join(", ", Kernels)}.", nameof(kernel));
        IReadOnlyList<PtxParameter> parameters = entry.Parameters;
        if (arguments.Length != parameters.Count)
        {
            throw new ArgumentException(
                $"{kernel} takes {parameters.Count} parameters ({string.Join(", ", parameters.Select(static p => $".{p.Type}"))}), this launch passes {arguments.Length}.",
                nameof(arguments));
        }

        var bytes = new byte[entry.ParameterBytes];
        for (int i = 0; i < arguments.Length; i++)
        {
            ReadOnlySpan<byte> value = arguments[i].Bytes;
            if (value.Length != parameters[i].Size)
            {
                throw new ArgumentException(
                    $"Argument {i + 1} of {kernel} has {value.Length} bytes, its parameter {parameters[i].Name} is .{parameters[i].Type} of {parameters[i].Size} bytes.",
                    nameof(arguments));
            }

            value.CopyTo(bytes.AsSpan(parameters[i].Offset));
        }

        return _simulator.Device.Launch(_loaded, entry, grid, block, dynamicSharedBytes, bytes, _simulator.Options);
    }
}
