using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WrnEngine.Devices.Cuda.CuBlas;
using WrnEngine.Kernels.Driver;
using WrnEngine.Tests.Engine.Devices.Cuda.Libraries;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Engine.Devices.Cuda.CuBlas;

/// <summary>cuBLAS 12.6.4 as a test table: column-major, by the oracle.</summary>
internal static unsafe class TestCuBlas
{
    public static CuBlasApi Table { get; } = new()
    {
        Create = &Create,
        Destroy = &Destroy,
        GetVersion = &GetVersion,
        SetStream = &SetStream,
        SetWorkspace = &SetWorkspace,
        SetMathMode = &SetMathMode,
        GemmEx = &GemmEx,
        GetStatusName = &GetStatusName,
        GetStatusString = &GetStatusString,
    };

    /// <summary>What the last product was asked to compute in.</summary>
    public static (CudaDataType A, CudaDataType C, CuBlasComputeType Compute) LastTypes { get; private set; }

    private sealed class Handle
    {
        public CuStream? Stream { get; set; }

        public bool HasWorkspace { get; set; }

        public CuBlasMath Math { get; set; }
    }

    private static CuBlasStatus Call(string name, Func<CuBlasStatus> body) =>
        (CuBlasStatus)TestLibrary.Run(name, (int)CuBlasStatus.InternalError, () => (int)body());

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuBlasStatus Create(CuBlasContext* handle) => Call("cublasCreate", () =>
    {
        *handle = new CuBlasContext(TestLibrary.Add(new Handle()));
        return CuBlasStatus.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuBlasStatus Destroy(CuBlasContext handle) => Call("cublasDestroy", () => (CuBlasStatus)TestLibrary.Remove<Handle>(handle.Value));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuBlasStatus GetVersion(CuBlasContext handle, int* version) => Call("cublasGetVersion", () =>
    {
        _ = TestLibrary.Get<Handle>(handle.Value);
        *version = 120604;
        return CuBlasStatus.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuBlasStatus SetStream(CuBlasContext handle, CuStream stream) => Call("cublasSetStream", () =>
    {
        var known = TestLibrary.Get<Handle>(handle.Value);
        (known.Stream, known.HasWorkspace) = (stream, false);
        return CuBlasStatus.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuBlasStatus SetWorkspace(CuBlasContext handle, ulong workspace, nuint bytes) => Call("cublasSetWorkspace", () =>
    {
        var known = TestLibrary.Get<Handle>(handle.Value);
        if (workspace % 256 != 0) return CuBlasStatus.InvalidValue;
        DeviceNumbers.Spoil(workspace, bytes);
        known.HasWorkspace = true;
        return CuBlasStatus.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuBlasStatus SetMathMode(CuBlasContext handle, CuBlasMath mode) => Call("cublasSetMathMode", () =>
    {
        TestLibrary.Get<Handle>(handle.Value).Math = mode;
        return CuBlasStatus.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuBlasStatus GemmEx(
        CuBlasContext handle, CuBlasOperation transA, CuBlasOperation transB, int m, int n, int k, void* alpha, ulong a, CudaDataType aType, int lda, ulong b,
        CudaDataType bType, int ldb, void* beta, ulong c, CudaDataType cType, int ldc, CuBlasComputeType compute, CuBlasGemmAlgorithm algorithm) =>
        Call("cublasGemmEx", () =>
        {
            var known = TestLibrary.Get<Handle>(handle.Value);
            TestLibrary.Require(known.Stream is not null && known.HasWorkspace, "a product before its stream and workspace");
            TestLibrary.Require(known.Math == CuBlasMath.DisallowReducedPrecisionReduction, $"math mode {known.Math}");
            bool isMixed = (aType, cType) is (CudaDataType.BFloat16, _) or (CudaDataType.Float32, CudaDataType.Float32);
            if (aType != bType || !isMixed || (compute == CuBlasComputeType.Float32FastTf32 && aType != CudaDataType.Float32)) return CuBlasStatus.NotSupported;
            bool aIsPlain = transA == CuBlasOperation.N, bIsPlain = transB == CuBlasOperation.N;
            if (m <= 0 || n <= 0 || k <= 0 || lda < (aIsPlain ? m : k) || ldb < (bIsPlain ? k : n) || ldc < m || algorithm != CuBlasGemmAlgorithm.Default)
                return CuBlasStatus.InvalidValue;
            DeviceNumbers.Wait(known.Stream!.Value);
            LastTypes = (aType, cType, compute);

            double[] left = Round(DeviceNumbers.Read(a, (long)lda * (aIsPlain ? k : m), aType == CudaDataType.BFloat16), compute);
            double[] right = Round(DeviceNumbers.Read(b, (long)ldb * (bIsPlain ? n : k), bType == CudaDataType.BFloat16), compute);
            var (opA, opB) = (new RefArray([m, k]), new RefArray([k, n]));
            for (int i = 0; i < m; i++)
                for (int p = 0; p < k; p++) opA[i, p] = aIsPlain ? left[(long)p * lda + i] : left[(long)i * lda + p];
            for (int p = 0; p < k; p++)
                for (int j = 0; j < n; j++) opB[p, j] = bIsPlain ? right[(long)j * ldb + p] : right[(long)p * ldb + j];
            var product = MatMulOracle.MatMul(opA, false, opB, false);

            // With beta 0 what c holds is not read: it may be undefined.
            float scale = *(float*)alpha, keep = *(float*)beta;
            bool isBf16 = cType == CudaDataType.BFloat16;
            double[] result = keep == 0 ? new double[(long)ldc * n] : DeviceNumbers.Read(c, (long)ldc * n, isBf16);
            for (int i = 0; i < m; i++)
                for (int j = 0; j < n; j++)
                {
                    long at = (long)j * ldc + i;
                    result[at] = scale * product[i, j] + (keep == 0 ? 0 : keep * result[at]);
                }
            TestLibrary.Require(ldc == m, "c with gaps, which this table would fill");
            DeviceNumbers.Write(c, result, isBf16);
            return CuBlasStatus.Success;
        });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte* GetStatusName(CuBlasStatus status) => (byte*)TestLibrary.Text(status switch
    {
        CuBlasStatus.Success => "CUBLAS_STATUS_SUCCESS",
        CuBlasStatus.ExecutionFailed => "CUBLAS_STATUS_EXECUTION_FAILED",
        CuBlasStatus.InternalError => "CUBLAS_STATUS_INTERNAL_ERROR",
        _ => $"CUBLAS_STATUS_{(int)status}",
    }, 0);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte* GetStatusString(CuBlasStatus status) => (byte*)TestLibrary.Text("the test wanted it so", 1);

    private static double[] Round(double[] values, CuBlasComputeType compute) =>
        compute == CuBlasComputeType.Float32FastTf32 ? Array.ConvertAll(values, Tf32.Round) : values;
}
