using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>One kernel of a library, found when it is first launched.</summary>
/// <typeparam name="TArguments">The twin of its one by-value parameter struct, see <see cref="KernelLauncher.Launch{TArguments}"/>.</typeparam>
/// <param name="library">Where it is from.</param>
/// <param name="stem">Its <c>.cu</c> file without the ending.</param>
/// <param name="name">Its name in there.</param>
/// <param name="dynamicSharedBytes">Shared memory of each launch, beside what the source declares.</param>
public sealed unsafe class Kernel<TArguments>(KernelLibrary library, string stem, string name, uint dynamicSharedBytes = 0) where TArguments : unmanaged
{
    private const uint SharedBytesWithoutAsking = 48 << 10;

    private CuFunction _function;

    /// <summary>Enqueues it; a grid or block without threads is nothing to do.</summary>
    /// <exception cref="CudaException">The driver refused, or an earlier fault on the device surfaced here; the message names this kernel.</exception>
    public void Launch(CuStream stream, Dim3 grid, Dim3 block, in TArguments arguments)
    {
        if (grid.Count == 0 || block.Count == 0)
        {
            return;
        }

        if (_function == default)
        {
            _function = Find();
        }

        CudaResult result = library.Api.TryLaunch(_function, grid, block, dynamicSharedBytes, stream, in arguments);
        if (result != CudaResult.Success)
        {
            library.Api.Check(result, $"cuLaunchKernel({name}, grid {grid}, block {block})");
        }
    }

    private CuFunction Find()
    {
        CuFunction function = library.Function(stem, name);
        if (dynamicSharedBytes > SharedBytesWithoutAsking)
        {
            library.Api.Check(
                library.Api.FuncSetAttribute(function, CudaFunctionAttribute.MaxDynamicSharedSizeBytes, (int)dynamicSharedBytes), $"cuFuncSetAttribute({name})");
        }

        return function;
    }
}
