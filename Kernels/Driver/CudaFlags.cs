#pragma warning disable CS1591 // the members are NVIDIA's, and so is what they mean
namespace WrnEngine.Kernels.Driver;

/// <summary>CUctx_flags.</summary>
[Flags]
public enum CudaContextFlags
{
    SchedAuto = 0,
    SchedSpin = 1,
    SchedYield = 2,
    SchedBlockingSync = 4,
    MapHost = 8,
    LmemResizeToMax = 16,
}

/// <summary>CUstream_flags.</summary>
[Flags]
public enum CudaStreamFlags
{
    Default = 0,

    /// <summary>The stream neither waits for the legacy default stream nor is waited for by it.</summary>
    NonBlocking = 1,
}

/// <summary>CUevent_flags.</summary>
[Flags]
public enum CudaEventFlags
{
    Default = 0,
    BlockingSync = 1,
    DisableTiming = 2,
    Interprocess = 4,
}

/// <summary>CU_MEMHOSTALLOC_*.</summary>
[Flags]
public enum CudaHostAllocFlags
{
    None = 0,
    Portable = 1,
    DeviceMap = 2,
    WriteCombined = 4,
}

/// <summary>CU_MEMHOSTREGISTER_*.</summary>
[Flags]
public enum CudaHostRegisterFlags
{
    None = 0,
    Portable = 1,
    DeviceMap = 2,
    IoMemory = 4,
    ReadOnly = 8,
}

/// <summary>The tags of cuLaunchKernel's `extra` array: parameters as one block of bytes.</summary>
public static class CudaLaunchParam
{
    /// <summary>CU_LAUNCH_PARAM_END.</summary>
    public const nint End = 0;

    /// <summary>CU_LAUNCH_PARAM_BUFFER_POINTER: the next element is the block's address.</summary>
    public const nint BufferPointer = 1;

    /// <summary>CU_LAUNCH_PARAM_BUFFER_SIZE: the next element is the address of a size_t with the block's bytes, without tail padding.</summary>
    public const nint BufferSize = 2;
}
