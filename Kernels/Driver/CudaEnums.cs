#pragma warning disable CS1591 // the members are NVIDIA's, and so is what they mean
namespace WrnEngine.Kernels.Driver;

/// <summary>CUfunction_attribute.</summary>
public enum CudaFunctionAttribute
{
    MaxThreadsPerBlock = 0,
    SharedSizeBytes = 1,
    ConstSizeBytes = 2,
    LocalSizeBytes = 3,
    NumRegs = 4,
    PtxVersion = 5,
    BinaryVersion = 6,
    CacheModeCa = 7,
    MaxDynamicSharedSizeBytes = 8,
    PreferredSharedMemoryCarveout = 9,
    ClusterSizeMustBeSet = 10,
    RequiredClusterWidth = 11,
    RequiredClusterHeight = 12,
    RequiredClusterDepth = 13,
    NonPortableClusterSizeAllowed = 14,
    ClusterSchedulingPolicyPreference = 15,
}

/// <summary>CUjit_option: the options that a PTX load takes. A value travels in a void*; sizes and numbers are the pointer itself.</summary>
public enum CudaJitOption
{
    MaxRegisters = 0,
    ThreadsPerBlock = 1,
    WallTime = 2,
    InfoLogBuffer = 3,
    InfoLogBufferSizeBytes = 4,
    ErrorLogBuffer = 5,
    ErrorLogBufferSizeBytes = 6,
    OptimizationLevel = 7,
    TargetFromCucontext = 8,
    Target = 9,
    FallbackStrategy = 10,
    GenerateDebugInfo = 11,
    LogVerbose = 12,
    GenerateLineInfo = 13,
    CacheMode = 14,
}

/// <summary>CUstreamCaptureMode: which calls a capture forbids, and on which threads.</summary>
public enum CudaCaptureMode
{
    Global = 0,
    ThreadLocal = 1,
    Relaxed = 2,
}

/// <summary>CUstreamCaptureStatus.</summary>
public enum CudaCaptureStatus
{
    None = 0,
    Active = 1,
    Invalidated = 2,
}

/// <summary>CUgraphExecUpdateResult: why an executable graph could not take over another graph.</summary>
public enum CudaGraphUpdateResult
{
    Success = 0,
    Error = 1,
    ErrorTopologyChanged = 2,
    ErrorNodeTypeChanged = 3,
    ErrorFunctionChanged = 4,
    ErrorParametersChanged = 5,
    ErrorNotSupported = 6,
    ErrorUnsupportedFunctionChange = 7,
    ErrorAttributesChanged = 8,
}
