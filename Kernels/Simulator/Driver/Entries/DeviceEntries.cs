using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels.Simulator.Driver.Entries;

/// <summary>Driver and device entries: what is there, and what it can do.</summary>
internal static unsafe class DeviceEntries
{
    public static void Fill(CudaApi api)
    {
        api.Init = &Init;
        api.DriverGetVersion = &DriverGetVersion;
        api.GetErrorName = &GetErrorName;
        api.GetErrorString = &GetErrorString;
        api.DeviceGetCount = &DeviceGetCount;
        api.DeviceGet = &DeviceGet;
        api.DeviceGetName = &DeviceGetName;
        api.DeviceGetUuid = &DeviceGetUuid;
        api.DeviceTotalMem = &DeviceTotalMem;
        api.DeviceGetAttribute = &DeviceGetAttribute;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult Init(uint flags) => DriverState.Call(() =>
    {
        if (flags != 0)
        {
            return CudaResult.InvalidValue;
        }

        DriverState.Initialize();
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DriverGetVersion(int* version) => DriverState.Call(() =>
    {
        if (version == null)
        {
            return CudaResult.InvalidValue;
        }

        *version = DriverVersion;
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult GetErrorName(CudaResult error, byte** name) =>
        DriverState.Call(() => Text(ErrorTexts.Name(error), name));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult GetErrorString(CudaResult error, byte** text) =>
        DriverState.Call(() => Text(ErrorTexts.Text(error), text));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceGetCount(int* count) => DriverState.DriverCall(() =>
    {
        if (count == null)
        {
            return CudaResult.InvalidValue;
        }

        *count = 1;
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceGet(int* device, int ordinal) => DriverState.DeviceCall(ordinal, _ =>
    {
        if (device == null)
        {
            return CudaResult.InvalidValue;
        }

        *device = 0;
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceGetName(byte* name, int length, int device) => DriverState.DeviceCall(device, properties =>
    {
        if (name == null || length <= 0)
        {
            return CudaResult.InvalidValue;
        }

        // Cut to what fits with its terminating zero, as the interface says.
        byte[] text = Encoding.UTF8.GetBytes(properties.Name);
        int shown = Math.Min(text.Length, length - 1);
        text.AsSpan(0, shown).CopyTo(new Span<byte>(name, length));
        name[shown] = 0;
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceGetUuid(CudaUuid* uuid, int device) => DriverState.DeviceCall(device, properties =>
    {
        if (uuid == null)
        {
            return CudaResult.InvalidValue;
        }

        // "wrn ptxsim" and the compute capability: the same device has the same identity everywhere.
        Span<byte> bytes = new(uuid, sizeof(CudaUuid));
        bytes.Clear();
        "wrn ptxsim"u8.CopyTo(bytes);
        bytes[^1] = (byte)properties.ComputeCapability;
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceTotalMem(nuint* bytes, int device) => DriverState.DeviceCall(device, _ =>
    {
        if (bytes == null)
        {
            return CudaResult.InvalidValue;
        }

        *bytes = (nuint)SimulatorDriver.Options.MemoryBytes;
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceGetAttribute(int* value, CudaDeviceAttribute attribute, int device) => DriverState.DeviceCall(device, properties =>
    {
        if (value == null || DeviceAttributes.Get(properties, attribute) is not int known)
        {
            return CudaResult.InvalidValue;
        }

        *value = known;
        return CudaResult.Success;
    });

    /// <summary>CUDA 13.0, whose newest PTX is 9.0.</summary>
    private const int DriverVersion = 13000;

    private static CudaResult Text(nint address, byte** target)
    {
        if (target == null)
        {
            return CudaResult.InvalidValue;
        }

        *target = (byte*)address;
        return address == 0 ? CudaResult.InvalidValue : CudaResult.Success;
    }
}
