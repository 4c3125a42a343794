using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels.Simulator.Driver.Entries;

/// <summary>Modules, functions, launches and occupancy.</summary>
internal static unsafe class ModuleEntries
{
    public static void Fill(CudaApi api)
    {
        api.ModuleLoadData = &ModuleLoadData;
        api.ModuleLoadDataEx = &ModuleLoadDataEx;
        api.ModuleUnload = &ModuleUnload;
        api.ModuleGetFunction = &ModuleGetFunction;
        api.ModuleGetGlobal = &ModuleGetGlobal;
        api.FuncGetAttribute = &FuncGetAttribute;
        api.FuncSetAttribute = &FuncSetAttribute;
        api.LaunchKernel = &LaunchKernel;
        api.OccupancyMaxActiveBlocksPerMultiprocessor = &OccupancyMaxActiveBlocksPerMultiprocessor;
        api.OccupancyMaxPotentialBlockSize = &OccupancyMaxPotentialBlockSize;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult ModuleLoadData(CuModule* module, void* image) =>
        DriverState.UnsafeCall(context => Load(context, module, image, new JitOptions(0, null, null)));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult ModuleLoadDataEx(CuModule* module, void* image, uint optionCount, CudaJitOption* options, void** values) =>
        DriverState.UnsafeCall(context => optionCount > 0 && (options == null || values == null)
            ? CudaResult.InvalidValue
            : Load(context, module, image, new JitOptions(optionCount, options, values)));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult ModuleUnload(CuModule module) => DriverState.UnsafeCall(context =>
    {
        if (!context.Handles.Remove(module.Value, out DriverModule? known))
        {
            return CudaResult.InvalidHandle;
        }

        CudaResult result = context.Drain();
        known.Forget(context.Handles);
        known.Dispose();
        return result;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult ModuleGetFunction(CuFunction* function, CuModule module, byte* name) => DriverState.ContextCall(context =>
    {
        if (function == null || name == null)
        {
            return CudaResult.InvalidValue;
        }

        if (!context.Handles.TryGet(module.Value, out DriverModule? known))
        {
            return CudaResult.InvalidHandle;
        }

        if (!known.TryGetFunction(context.Handles, Marshal.PtrToStringUTF8((nint)name) ?? "", out nint handle))
        {
            return CudaResult.NotFound;
        }

        *function = new(handle);
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult ModuleGetGlobal(ulong* address, nuint* bytes, CuModule module, byte* name) => DriverState.ContextCall(context =>
    {
        if (name == null)
        {
            return CudaResult.InvalidValue;
        }

        if (!context.Handles.TryGet(module.Value, out DriverModule? known))
        {
            return CudaResult.InvalidHandle;
        }

        if (!known.Loaded.TryGetGlobal(Marshal.PtrToStringUTF8((nint)name) ?? "", out ulong found, out long size))
        {
            return CudaResult.NotFound;
        }

        if (address != null)
        {
            *address = found;
        }

        if (bytes != null)
        {
            *bytes = (nuint)size;
        }

        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult FuncGetAttribute(int* value, CudaFunctionAttribute attribute, CuFunction function) => DriverState.ContextCall(context =>
    {
        if (!context.Handles.TryGet(function.Value, out DriverFunction? known))
        {
            return CudaResult.InvalidHandle;
        }

        return value != null && known.TryGetAttribute(context.Properties, attribute, out *value) ? CudaResult.Success : CudaResult.InvalidValue;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult FuncSetAttribute(CuFunction function, CudaFunctionAttribute attribute, int value) => DriverState.ContextCall(context =>
        context.Handles.TryGet(function.Value, out DriverFunction? known)
            ? known.SetAttribute(context.Properties, attribute, value)
            : CudaResult.InvalidHandle);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult LaunchKernel(
        CuFunction function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint dynamicSharedBytes, CuStream stream,
        void** parameters, void** extra) => DriverState.ContextCall(context =>
    {
        if (!context.Handles.TryGet(function.Value, out DriverFunction? known) || !context.TryGetStream(stream, out DriverStream target))
        {
            return CudaResult.InvalidHandle;
        }

        var grid = new Extent(gridX, gridY, gridZ);
        var block = new Extent(blockX, blockY, blockZ);
        CudaResult result = known.CheckLaunch(context.Properties, grid, block, dynamicSharedBytes);
        if (result == CudaResult.Success)
        {
            result = known.ReadParameters(parameters, extra, out byte[] bytes);
            if (result == CudaResult.Success)
            {
                result = context.Submit(target, new KernelWork(known, grid.ToDim3(), block.ToDim3(), (int)dynamicSharedBytes, bytes));
            }
        }

        return result;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult OccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CuFunction function, int blockSize, nuint dynamicSharedBytes) =>
        DriverState.ContextCall(context =>
    {
        if (blocks == null || blockSize <= 0)
        {
            return CudaResult.InvalidValue;
        }

        if (!context.Handles.TryGet(function.Value, out DriverFunction? known))
        {
            return CudaResult.InvalidHandle;
        }

        *blocks = Occupancy.ActiveBlocks(context.Properties, known, blockSize, dynamicSharedBytes);
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult OccupancyMaxPotentialBlockSize(
        int* gridSize, int* blockSize, CuFunction function, delegate* unmanaged[Cdecl]<int, nuint> sharedOf, nuint dynamicSharedBytes, int limit) =>
        DriverState.ContextCall(context =>
    {
        if (gridSize == null || blockSize == null || limit < 0)
        {
            return CudaResult.InvalidValue;
        }

        if (!context.Handles.TryGet(function.Value, out DriverFunction? known))
        {
            return CudaResult.InvalidHandle;
        }

        (*gridSize, *blockSize) = Occupancy.PotentialBlockSize(context.Properties, known, sharedOf, dynamicSharedBytes, limit);
        return CudaResult.Success;
    });

    private static CudaResult Load(DriverContext context, CuModule* module, void* image, JitOptions options)
    {
        if (module == null)
        {
            return CudaResult.InvalidValue;
        }

#pragma warning disable IDISP001 // The handle owns the module until cuModuleUnload.
        CudaResult result = ModuleImage.Load(context, image, out DriverModule? loaded, out string log);
#pragma warning restore IDISP001
        options.Report(log);
        if (loaded != null)
        {
            *module = new(context.Handles.Add(loaded));
        }

        return result;
    }
}
