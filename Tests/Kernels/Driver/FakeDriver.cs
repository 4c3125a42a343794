using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Tests.Kernels.Driver;

/// <summary>A table with canned answers, to look at what the helpers above it send and make of what they get.</summary>
internal static unsafe class FakeDriver
{
    public static byte[] LastArguments { get; private set; } = [];

    public static (uint GridX, uint BlockX, uint Shared, nint Stream) LastLaunch { get; private set; }

    public static CudaResult InitResult { get; set; }

    /// <summary>How many devices there are.</summary>
    public static int Count { get; set; } = 2;

    /// <summary>Their compute capability, 10 major + minor.</summary>
    public static int Capability { get; set; } = 90;

    /// <summary>What the driver says of its version.</summary>
    public static int Version { get; set; } = 12080;

    /// <summary>Two devices of compute capability 9.0 on a driver of CUDA 12.8.</summary>
    public static void Reset() => (InitResult, Count, Capability, Version) = (CudaResult.Success, 2, 90, 12080);

    private static readonly nint ErrorName = Marshal.StringToCoTaskMemUTF8("CUDA_ERROR_OUT_OF_MEMORY");
    private static readonly nint ErrorText = Marshal.StringToCoTaskMemUTF8("out of memory");

    public static CudaApi Create() => new()
    {
        Init = &Init,
        DriverGetVersion = &DriverGetVersion,
        GetErrorName = &GetErrorName,
        GetErrorString = &GetErrorString,
        DeviceGetCount = &DeviceGetCount,
        DeviceGet = &DeviceGet,
        DeviceGetName = &DeviceGetName,
        DeviceGetUuid = &DeviceGetUuid,
        DeviceTotalMem = &DeviceTotalMem,
        DeviceGetAttribute = &DeviceGetAttribute,
        LaunchKernel = &LaunchKernel,
    };

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult Init(uint flags) => InitResult;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DriverGetVersion(int* version)
    {
        *version = Version;
        return CudaResult.Success;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult GetErrorName(CudaResult error, byte** name)
    {
        *name = (byte*)ErrorName;
        return error == CudaResult.OutOfMemory ? CudaResult.Success : CudaResult.InvalidValue;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult GetErrorString(CudaResult error, byte** text)
    {
        *text = (byte*)ErrorText;
        return error == CudaResult.OutOfMemory ? CudaResult.Success : CudaResult.InvalidValue;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceGetCount(int* count)
    {
        *count = Count;
        return CudaResult.Success;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceGet(int* device, int ordinal)
    {
        *device = ordinal + 10;
        return CudaResult.Success;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceGetName(byte* name, int length, int device)
    {
        int written = Encoding.UTF8.GetBytes($"Fake GPU {device}", new Span<byte>(name, length - 1));
        name[written] = 0;
        return CudaResult.Success;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceGetUuid(CudaUuid* uuid, int device)
    {
        for (int i = 0; i < 16; i++)
        {
            (*uuid)[i] = (byte)(i * 17);
        }

        return CudaResult.Success;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceTotalMem(nuint* bytes, int device)
    {
        *bytes = unchecked((nuint)85_000_000_000);
        return CudaResult.Success;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceGetAttribute(int* value, CudaDeviceAttribute attribute, int device)
    {
        *value = attribute switch
        {
            CudaDeviceAttribute.ComputeCapabilityMajor => Capability / 10,
            CudaDeviceAttribute.ComputeCapabilityMinor => Capability % 10,
            CudaDeviceAttribute.MultiprocessorCount => 132,
            _ => -1,
        };
        return CudaResult.Success;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult LaunchKernel(
        CuFunction function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint shared, CuStream stream, void** parameters, void** extra)
    {
        if (function.Value == 0)
        {
            return CudaResult.OutOfMemory;
        }

        bool wellFormed = parameters == null && (nint)extra[0] == CudaLaunchParam.BufferPointer && (nint)extra[2] == CudaLaunchParam.BufferSize
            && (nint)extra[4] == CudaLaunchParam.End;
        if (!wellFormed)
        {
            return CudaResult.InvalidValue;
        }

        if (shared != uint.MaxValue)
        {
            LastArguments = new Span<byte>(extra[1], (int)*(nuint*)extra[3]).ToArray();
            LastLaunch = (gridX * gridY * gridZ, blockX * blockY * blockZ, shared, stream.Value);
        }

        return CudaResult.Success;
    }
}
