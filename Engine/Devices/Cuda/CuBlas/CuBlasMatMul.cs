using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda.CuBlas;

/// <summary>
/// Matrix products by <c>cublasGemmEx</c>, or by the project's kernels where they are faster. cuBLAS is column-major: what it reads as a matrix is ours
/// transposed, so it is asked for c^T = op(b)^T op(a)^T, which is the same memory. A bias is added afterwards.
/// </summary>
/// <param name="device">Where.</param>
/// <param name="native">The project's kernels.</param>
/// <param name="cublas">The library.</param>
/// <param name="chooser">Decides between the two.</param>
/// <param name="wanted">Whether there is a choice.</param>
/// <param name="tf32">Round float32 factors to 10 bits of mantissa.</param>
internal sealed unsafe class CuBlasMatMul(
    CudaDevice device, IMatMulOps native, CuBlasHandle cublas, OpChooser chooser, Implementation wanted, bool tf32) : IMatMulOps
{
    /// <summary>How a plan names cuBLAS.</summary>
    public const string Take = "cublas";

    private readonly Dictionary<Product, bool> _takes = [];

    public void MatMul(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate, Tensor? bias = null)
    {
        var product = new Product(
            c.Shape[0], c.Shape[1], transposeA ? a.Shape[0] : a.Shape[1], transposeA, transposeB, accumulate, bias is not null, a.DType, b.DType, c.DType);
        if (!Takes(product, bias))
        {
            native.MatMul(a, transposeA, b, transposeB, c, accumulate, bias);
            return;
        }

        if (!_takes.TryGetValue(product, out bool takes)) _takes[product] = takes = Choose(product, a, b, c, bias);
        if (takes) Multiply(product, a, b, c, bias);
        else native.MatMul(a, transposeA, b, transposeB, c, accumulate, bias);
    }

    private bool Choose(Product p, Tensor a, Tensor b, Tensor c, Tensor? bias) => Take == chooser.Choose(
        p.Describe(tf32), wanted, () => [Take], c, p.Accumulate, (way, target) =>
        {
            if (way == Take) Multiply(p, a, b, target, bias);
            else native.MatMul(a, p.TransposeA, b, p.TransposeB, target, p.Accumulate, bias);
            return true;
        });

    private void Multiply(in Product p, Tensor a, Tensor b, Tensor c, Tensor? bias)
    {
        if (bias is null || p.C == DType.Float32)
        {
            Gemm(p, a, b, c);
            if (bias is not null) device.Elementwise.Binary(BinaryOp.Add, c, bias, c);
            return;
        }

        // Added to a sum that is rounded already, the bias would round it again.
        using var sum = ScratchTensor.Of(c.Shape, DType.Float32, device);
        Gemm(p with { C = DType.Float32 }, a, b, sum.Tensor);
        device.Elementwise.Binary(BinaryOp.Add, sum.Tensor, bias, sum.Tensor);
        device.Elementwise.Cast(sum.Tensor, c);
    }

    private void Gemm(in Product p, Tensor a, Tensor b, Tensor c)
    {
        float alpha = 1, beta = p.Accumulate ? 1 : 0;
        var compute = tf32 && p.A == DType.Float32 ? CuBlasComputeType.Float32FastTf32 : CuBlasComputeType.Float32;
        cublas.Api.Check(
            cublas.Api.GemmEx(
                cublas.Value, Operation(p.TransposeB), Operation(p.TransposeA), p.N, p.M, p.K, &alpha, (ulong)b.Address, TypeOf(p.B), p.TransposeB ? p.K : p.N,
                (ulong)a.Address, TypeOf(p.A), p.TransposeA ? p.M : p.K, &beta, (ulong)c.Address, TypeOf(p.C), p.N, compute, CuBlasGemmAlgorithm.Default),
            "cublasGemmEx");
    }

    private static bool Takes(in Product p, Tensor? bias) =>
        p is { M: > 0, N: > 0, K: > 0 } && bias?.DType is null or DType.Float32 && (p.A, p.B, p.C) switch
        {
            (DType.Float32, DType.Float32, DType.Float32) or (DType.BFloat16, DType.BFloat16, DType.Float32) => true,
            (DType.BFloat16, DType.BFloat16, DType.BFloat16) => bias is null || !p.Accumulate,
            _ => false,
        };

    private static CuBlasOperation Operation(bool transpose) => transpose ? CuBlasOperation.T : CuBlasOperation.N;

    private static CudaDataType TypeOf(DType dtype) => dtype == DType.BFloat16 ? CudaDataType.BFloat16 : CudaDataType.Float32;

    /// <summary>All that a choice depends on.</summary>
    private readonly record struct Product(
        int M, int N, int K, bool TransposeA, bool TransposeB, bool Accumulate, bool HasBias, DType A, DType B, DType C)
    {
        public string Describe(bool tf32) =>
            $"matmul {(tf32 && A == DType.Float32 ? "tf32" : A.ShortName())}{(A == C ? "" : $" to {C.ShortName()}")} {M}x{N}x{K}"
            + $"{(TransposeA ? " ta" : "")}{(TransposeB ? " tb" : "")}{(HasBias ? " +bias" : "")}{(Accumulate ? " accumulate" : "")}";
    }
}
