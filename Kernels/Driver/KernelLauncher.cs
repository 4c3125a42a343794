using System.Runtime.CompilerServices;

namespace WrnEngine.Kernels.Driver;

/// <summary>CUDA's dim3: extents of a grid or a thread block.</summary>
public readonly record struct Dim3(uint X, uint Y = 1, uint Z = 1)
{
    /// <summary>Product of the extents.</summary>
    public ulong Count => (ulong)X * Y * Z;

    /// <summary>One dimension.</summary>
    public static implicit operator Dim3(uint x) => new(x);

    /// <inheritdoc/>
    public override string ToString() => $"({X},{Y},{Z})";
}

/// <summary>Launches kernels that take exactly one by-value struct.</summary>
public static unsafe class KernelLauncher
{
    /// <summary>
    /// Enqueues a kernel. The bytes of <paramref name="arguments"/> are the kernel's whole parameter block: copied by the driver before the
    /// call returns, without boxing or allocation.
    /// </summary>
    /// <typeparam name="TArguments">
    /// Twin of the kernel's parameter struct: unmanaged, no bool and no char fields, as many bytes as the PTX `.param` (a driver answers error
    /// 701 otherwise).
    /// </typeparam>
    /// <exception cref="CudaException">The driver refused the launch, or an earlier fault on the device surfaced here.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Launch<TArguments>(
        this CudaApi api, CuFunction function, Dim3 grid, Dim3 block, uint dynamicSharedBytes, CuStream stream, in TArguments arguments)
        where TArguments : unmanaged =>
        api.Check(api.TryLaunch(function, grid, block, dynamicSharedBytes, stream, in arguments), "cuLaunchKernel");

    /// <summary>As <see cref="Launch{TArguments}"/>, with the driver's code as the result.</summary>
    public static CudaResult TryLaunch<TArguments>(
        this CudaApi api, CuFunction function, Dim3 grid, Dim3 block, uint dynamicSharedBytes, CuStream stream, in TArguments arguments)
        where TArguments : unmanaged
    {
        fixed (TArguments* bytes = &arguments)
        {
            nuint size = (nuint)sizeof(TArguments);
            void** extra = stackalloc void*[5];
            extra[0] = (void*)CudaLaunchParam.BufferPointer;
            extra[1] = bytes;
            extra[2] = (void*)CudaLaunchParam.BufferSize;
            extra[3] = &size;
            extra[4] = (void*)CudaLaunchParam.End;
            return api.LaunchKernel(
                function, grid.X, grid.Y, grid.Z, block.X, block.Y, block.Z, dynamicSharedBytes, stream, null, extra);
        }
    }
}
