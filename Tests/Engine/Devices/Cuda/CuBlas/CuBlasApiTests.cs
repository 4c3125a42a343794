using WrnEngine.Devices.Cuda.CuBlas;
using WrnEngine.Tests.Engine.Devices.Cuda.Libraries;

namespace WrnEngine.Tests.Engine.Devices.Cuda.CuBlas;

/// <summary>The table against cublas_api.h of cuBLAS 12.6.4 (CUDA 12.6): names, signatures and values, held as data.</summary>
[Category("Kernels")]
public class CuBlasApiTests
{
    private static readonly string[] Header =
    [
        "cublasStatus_t cublasCreate_v2(cublasHandle_t*)",
        "cublasStatus_t cublasDestroy_v2(cublasHandle_t)",
        "cublasStatus_t cublasGetVersion_v2(cublasHandle_t, int*)",
        "cublasStatus_t cublasSetStream_v2(cublasHandle_t, cudaStream_t)",
        "cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t, void*, size_t)",
        "cublasStatus_t cublasSetMathMode(cublasHandle_t, cublasMath_t)",
        "cublasStatus_t cublasGemmEx(cublasHandle_t, cublasOperation_t, cublasOperation_t, int, int, int, void*, void*, cudaDataType, int, void*, cudaDataType, int, "
            + "void*, void*, cudaDataType, int, cublasComputeType_t, cublasGemmAlgo_t)",
        "char* cublasGetStatusName(cublasStatus_t)",
        "char* cublasGetStatusString(cublasStatus_t)",
    ];

    [Test]
    public void SignaturesAreThoseOfTheHeader() => HeaderSignatures.AssertMatch(typeof(CuBlasApi), CuBlasApi.Symbols, Header);

    [Test]
    public void EveryEntryOfTheTestTableIsFilled() => Assert.That(TestCuBlas.Table.Entries.ToArray(), Is.Unique.And.None.Zero);

    [TestCase((int)CuBlasStatus.NotInitialized, 1)]
    [TestCase((int)CuBlasStatus.AllocFailed, 3)]
    [TestCase((int)CuBlasStatus.InvalidValue, 7)]
    [TestCase((int)CuBlasStatus.ArchMismatch, 8)]
    [TestCase((int)CuBlasStatus.MappingError, 11)]
    [TestCase((int)CuBlasStatus.ExecutionFailed, 13)]
    [TestCase((int)CuBlasStatus.InternalError, 14)]
    [TestCase((int)CuBlasStatus.NotSupported, 15)]
    [TestCase((int)CuBlasStatus.LicenseError, 16)]
    [TestCase((int)CuBlasOperation.N, 0)]
    [TestCase((int)CuBlasOperation.T, 1)]
    [TestCase((int)CuBlasMath.Default, 0)]
    [TestCase((int)CuBlasMath.Pedantic, 2)]
    [TestCase((int)CuBlasMath.Tf32TensorOp, 3)]
    [TestCase((int)CuBlasMath.DisallowReducedPrecisionReduction, 16)]
    [TestCase((int)CuBlasComputeType.Float32, 68)]
    [TestCase((int)CuBlasComputeType.Float32FastTf32, 77)]
    [TestCase((int)CuBlasGemmAlgorithm.Default, -1)]
    [TestCase((int)CudaDataType.Float32, 0)]
    [TestCase((int)CudaDataType.BFloat16, 14)]
    public void ValueIsThatOfTheHeader(int ours, int header) => Assert.That(ours, Is.EqualTo(header));
}
