using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Driver;

/// <summary>cuDeviceGetAttribute of the simulated device.</summary>
internal static class DeviceAttributes
{
    /// <summary>The value, or null for a number that is no attribute.</summary>
    public static int? Get(SimulatedDeviceProperties device, CudaDeviceAttribute attribute) => attribute switch
    {
        CudaDeviceAttribute.MaxThreadsPerBlock => device.MaxThreadsPerBlock,
        CudaDeviceAttribute.MaxBlockDimX => device.MaxBlock.X,
        CudaDeviceAttribute.MaxBlockDimY => device.MaxBlock.Y,
        CudaDeviceAttribute.MaxBlockDimZ => device.MaxBlock.Z,
        CudaDeviceAttribute.MaxGridDimX => device.MaxGrid.X,
        CudaDeviceAttribute.MaxGridDimY => device.MaxGrid.Y,
        CudaDeviceAttribute.MaxGridDimZ => device.MaxGrid.Z,
        CudaDeviceAttribute.MaxSharedMemoryPerBlock => device.MaxSharedBytesPerBlock,
        CudaDeviceAttribute.TotalConstantMemory => device.ConstantBytes,
        CudaDeviceAttribute.WarpSize => device.WarpSize,
        CudaDeviceAttribute.MaxPitch => int.MaxValue,
        CudaDeviceAttribute.MaxRegistersPerBlock => device.RegistersPerBlock,
        CudaDeviceAttribute.ClockRate => device.ClockKilohertz,
        CudaDeviceAttribute.TextureAlignment => 512,
        CudaDeviceAttribute.MultiprocessorCount => device.MultiprocessorCount,
        CudaDeviceAttribute.MemoryClockRate => device.MemoryClockKilohertz,
        CudaDeviceAttribute.GlobalMemoryBusWidth => device.MemoryBusBits,
        CudaDeviceAttribute.L2CacheSize => device.L2Bytes,
        CudaDeviceAttribute.MaxThreadsPerMultiprocessor => device.MaxThreadsPerMultiprocessor,
        CudaDeviceAttribute.ComputeCapabilityMajor => device.ComputeMajor,
        CudaDeviceAttribute.ComputeCapabilityMinor => device.ComputeMinor,
        CudaDeviceAttribute.MaxSharedMemoryPerMultiprocessor => device.SharedBytesPerMultiprocessor,
        CudaDeviceAttribute.MaxRegistersPerMultiprocessor => device.RegistersPerMultiprocessor,
        CudaDeviceAttribute.SingleToDoublePrecisionPerfRatio => device.ComputeCapability == 75 ? 32 : 2,
        CudaDeviceAttribute.MaxSharedMemoryPerBlockOptin => device.MaxSharedBytesPerBlockOptin,
        CudaDeviceAttribute.MaxBlocksPerMultiprocessor => device.MaxBlocksPerMultiprocessor,
        CudaDeviceAttribute.ReservedSharedMemoryPerBlock => device.ReservedSharedBytesPerBlock,
        CudaDeviceAttribute.AsyncEngineCount => 2,

        // What the simulator does.
        CudaDeviceAttribute.GpuOverlap or CudaDeviceAttribute.CanMapHostMemory or CudaDeviceAttribute.ConcurrentKernels
            or CudaDeviceAttribute.StreamPrioritiesSupported or CudaDeviceAttribute.GlobalL1CacheSupported
            or CudaDeviceAttribute.LocalL1CacheSupported or CudaDeviceAttribute.HostRegisterSupported
            or CudaDeviceAttribute.CooperativeLaunch => 1,

        // What it does not do: host addresses mean nothing to a simulated kernel, so there is no unified addressing.
        _ => Enum.IsDefined(attribute) ? 0 : null,
    };
}
