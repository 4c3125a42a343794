#pragma warning disable CS1591 // the members are NVIDIA's, and so is what they mean
namespace WrnEngine.Devices.Cuda.CuBlas;

/// <summary>cublasHandle_t: one pointer by value.</summary>
public readonly record struct CuBlasContext(nint Value);

/// <summary>cublasStatus_t.</summary>
public enum CuBlasStatus
{
    Success = 0,
    NotInitialized = 1,
    AllocFailed = 3,
    InvalidValue = 7,
    ArchMismatch = 8,
    MappingError = 11,
    ExecutionFailed = 13,
    InternalError = 14,
    NotSupported = 15,
    LicenseError = 16,
}

/// <summary>cublasOperation_t.</summary>
public enum CuBlasOperation
{
    /// <summary>As it is.</summary>
    N = 0,

    /// <summary>Transposed.</summary>
    T = 1,
}

/// <summary>cublasMath_t.</summary>
[Flags]
public enum CuBlasMath
{
    Default = 0,
    Pedantic = 2,
    Tf32TensorOp = 3,

    /// <summary>A flag beside the others: sums that are split come together in the accumulator's type, not in that of the result.</summary>
    DisallowReducedPrecisionReduction = 16,
}

/// <summary>cublasComputeType_t.</summary>
public enum CuBlasComputeType
{
    /// <summary>Products and sums in float32.</summary>
    Float32 = 68,

    /// <summary>Factors rounded to tf32, sums in float32.</summary>
    Float32FastTf32 = 77,
}

/// <summary>cublasGemmAlgo_t.</summary>
public enum CuBlasGemmAlgorithm
{
    /// <summary>The library's choice, by shape only.</summary>
    Default = -1,
}

/// <summary>cudaDataType_t of library_types.h.</summary>
public enum CudaDataType
{
    Float32 = 0,
    BFloat16 = 14,
}
