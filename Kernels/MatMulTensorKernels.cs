using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>The sizes of c = op(a) op(b): op(a) [M, K], op(b) [K, N]; a transposed operand is stored as [K, M] or [N, K], row-major.</summary>
public readonly record struct MatMulTensorShape(int M, int N, int K, bool TransposeA, bool TransposeB)
{
    /// <summary>Why the tensor-core kernels do not take this shape, as the end of a sentence that begins with it; null when they do.</summary>
    public string? WhyNot(TensorCoreType type)
    {
        int multiple = type == TensorCoreType.Tf32 ? 4 : 8;
        int rowOfA = TransposeA ? M : K, rowOfB = TransposeB ? K : N;
        return rowOfA % multiple != 0 || rowOfB % multiple != 0 || N % multiple != 0
            ? $"has rows of {rowOfA}, {rowOfB} and {N} elements; {type} kernels copy 16 bytes at a time and take multiples of {multiple}"
            : Math.Max((long)M * N, Math.Max((long)M * K, (long)N * K)) > int.MaxValue - (1 << 20) ? "has a matrix of 2^31 elements or more" : null;
    }
}

/// <summary>
/// Launches the kernels of <c>matmul_tensor.cu</c>: matrix products on tensor cores, tf32 (matrices are float32) or bfloat16 (a and b are, c is or is float32).
/// Addresses are on the device and multiples of 16.
/// </summary>
/// <param name="library">The kernels; the device must have compute capability 8.0 or later.</param>
public sealed class MatMulTensorKernels(KernelLibrary library)
{
    private const string Stem = "matmul_tensor";

    private readonly Dictionary<string, Kernel<TensorMatMulArgs>> _kernels = [];

    /// <summary>Whether the device has the kernels and they take the shape.</summary>
    public bool Supports(TensorCoreType type, in MatMulTensorShape shape) => library.Has(Stem) && shape.WhyNot(type) is null;

    /// <summary>c (+)= op(a) op(b) + bias.</summary>
    /// <param name="cIsFloat">c is float32 also where a and b are bfloat16.</param>
    /// <param name="bias">[N] float32, or 0.</param>
    /// <exception cref="NotSupportedException">The shape is not one of those.</exception>
    public void MatMul(
        CuStream stream, TensorCoreType type, in MatMulTensorShape shape, nint a, nint b, nint c, bool cIsFloat, bool accumulate, nint bias = 0)
    {
        if (shape.WhyNot(type) is string reason)
        {
            throw new NotSupportedException($"a product on tensor cores cannot take {shape}: it {reason}.");
        }

        int width = shape.N <= 64 ? 64 : 128;
        var args = new TensorMatMulArgs
        {
            A = a,
            B = b,
            C = c,
            Bias = bias,
            M = shape.M,
            N = shape.N,
            K = shape.K,
            TilesN = MmaTiling.Tiles(shape.N, width),
            Accumulate = accumulate ? 1 : 0,
            CIsFloat = cIsFloat || type == TensorCoreType.Tf32 ? 1 : 0,
        };
        string layout = $"{(shape.TransposeA ? 't' : 'n')}{(shape.TransposeB ? 't' : 'n')}";
        KernelFor($"matmul_{layout}_{(type == TensorCoreType.Tf32 ? "tf32" : "bf16")}_128x{width}", width)
            .Launch(stream, (uint)(MmaTiling.Tiles(shape.M, MmaTiling.Rows) * args.TilesN), MmaTiling.Threads, args);
    }

    private Kernel<TensorMatMulArgs> KernelFor(string name, int width)
    {
        if (!_kernels.TryGetValue(name, out Kernel<TensorMatMulArgs>? kernel))
        {
            kernel = _kernels[name] = new(library, Stem, name, MmaTiling.SharedBytes(width));
        }

        return kernel;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TensorMatMulArgs
    {
        public nint A, B, C, Bias;
        public int M, N, K, TilesN;
        public int Accumulate, CIsFloat;
    }
}
