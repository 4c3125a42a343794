using System.Runtime.InteropServices;

namespace WrnEngine.Kernels.Driver;

/// <summary>A device as <see cref="CudaDeviceProbe"/> reports it.</summary>
public sealed record CudaDeviceInfo(int Ordinal, string Name, string Uuid, int Major, int Minor, long MemoryBytes, int Multiprocessors)
{
    /// <summary>`8.0`.</summary>
    public string ComputeCapability => $"{Major}.{Minor}";
}

/// <summary>What a machine has to offer.</summary>
/// <param name="Load">How looking for the driver's library went.</param>
/// <param name="DriverVersion">1000 major + 10 minor of the newest CUDA that the driver serves, or null.</param>
/// <param name="Devices">The devices, empty when there are none or the driver would not start.</param>
/// <param name="Problem">One sentence that says why there is no device, or null.</param>
public sealed record CudaProbeResult(CudaLoadResult Load, int? DriverVersion, IReadOnlyList<CudaDeviceInfo> Devices, string? Problem)
{
    /// <summary>A driver and at least one device are there.</summary>
    public bool IsUsable => Devices.Count > 0;

    /// <summary>Why a device of <see cref="Devices"/> cannot be used: it is too old for the kernels, or the driver is. Null where it can be.</summary>
    public string? ProblemOf(CudaDeviceInfo device) => KernelLibrary.ProblemOf(device, DriverVersion ?? 0);

    /// <summary>`13.0`, or null without a driver.</summary>
    public string? DriverVersionText => DriverVersion is int version ? CudaVersionText.Of(version) : null;
}

/// <summary>Answers "which CUDA devices are there?" without creating a context; costs milliseconds when there is no driver.</summary>
public static unsafe class CudaDeviceProbe
{
    /// <summary>Probes the real driver.</summary>
    public static CudaProbeResult Run() => Run(CudaLibrary.Load());

    /// <summary>Probes what a load found.</summary>
    public static CudaProbeResult Run(CudaLoadResult load)
    {
        if (load.Api is not CudaApi api)
        {
            return new(load, load.OldVersion, [], load.Explain());
        }

        int version;
        if (api.DriverGetVersion(&version) != CudaResult.Success)
        {
            version = 0;
        }

        CudaResult result = api.Init(0);
        if (result != CudaResult.Success)
        {
            string reason = result switch
            {
                CudaResult.NoDevice => "The CUDA driver sees no device.",
                CudaResult.StubLibrary => $"{load.LibraryPath} is the toolkit's stub, not a driver: take the stubs folder off the loader's path.",
                CudaResult.SystemDriverMismatch => "The CUDA library and the kernel's driver module differ in version: reboot, or reinstall the driver.",
                _ => $"The CUDA driver did not start: cuInit answered {api.Describe(result)}.",
            };
            return new(load, version, [], reason);
        }

        try
        {
            int count;
            api.Check(api.DeviceGetCount(&count), "cuDeviceGetCount");
            var devices = new List<CudaDeviceInfo>();
            for (int ordinal = 0; ordinal < count; ordinal++)
            {
                devices.Add(Describe(api, ordinal));
            }

            return new(load, version, devices, count == 0 ? "The CUDA driver sees no device." : null);
        }
        catch (CudaException e)
        {
            return new(load, version, [], e.Message);
        }
    }

    /// <summary>Reads one device's facts.</summary>
    /// <exception cref="CudaException">A query failed.</exception>
    public static CudaDeviceInfo Describe(CudaApi api, int ordinal)
    {
        int device;
        api.Check(api.DeviceGet(&device, ordinal), "cuDeviceGet");
        byte* name = stackalloc byte[256];
        api.Check(api.DeviceGetName(name, 256, device), "cuDeviceGetName");
        CudaUuid uuid;
        api.Check(api.DeviceGetUuid(&uuid, device), "cuDeviceGetUuid");
        nuint bytes;
        api.Check(api.DeviceTotalMem(&bytes, device), "cuDeviceTotalMem");
        return new(
            ordinal,
            Marshal.PtrToStringUTF8((nint)name) ?? "",
            uuid.ToString(),
            Attribute(api, CudaDeviceAttribute.ComputeCapabilityMajor, device),
            Attribute(api, CudaDeviceAttribute.ComputeCapabilityMinor, device),
            (long)bytes,
            Attribute(api, CudaDeviceAttribute.MultiprocessorCount, device));
    }

    /// <summary>Reads one attribute.</summary>
    /// <exception cref="CudaException">The query failed.</exception>
    public static int Attribute(CudaApi api, CudaDeviceAttribute attribute, int device)
    {
        int value;
        api.Check(api.DeviceGetAttribute(&value, attribute, device), "cuDeviceGetAttribute");
        return value;
    }
}
