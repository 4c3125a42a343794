using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>Launches the kernels of <c>matmul.cu</c>. Addresses are on the device; matrices are dense, row-major.</summary>
/// <param name="library">The kernels.</param>
/// <param name="multiprocessors">Of the device: tiles and splits are chosen to fill it.</param>
public sealed class MatMulKernels(KernelLibrary library, int multiprocessors)
{
    // With fewer terms a split would spend too much on writing its sums.
    private const int LeastDepth = 128;

    /// <summary>The tiles for sizes that are multiples of 4. The large one writes four values at a time and no other way, which spares it half of its code.</summary>
    public static IReadOnlyList<GemmTile> VectorTiles { get; } = [new("128x128", 128, 128, 64, 0.9), new("32x32", 32, 32, 16, 0.55)];

    /// <summary>The tile for any sizes.</summary>
    public static GemmTile AnyTile { get; } = new("any_size_32x32", 32, 32, 16, 0.4);

    private readonly Dictionary<(GemmTile, bool, bool), Kernel<Args>> _kernels = (
        from tile in VectorTiles.Append(AnyTile)
        from transposeA in (bool[])[false, true]
        from transposeB in (bool[])[false, true]
        select (Key: (tile, transposeA, transposeB), Name: $"matmul_{tile.Name}{(transposeA ? "_ta" : "")}{(transposeB ? "_tb" : "")}_f32"))
        .ToDictionary(kernel => kernel.Key, kernel => new Kernel<Args>(library, "matmul", kernel.Name));

    /// <summary>How operands may be accessed: a and b read four values at a time, c (and the bias) written so.</summary>
    public static (bool Operands, bool Output) IsVector(int m, int n, int k, bool transposeA, bool transposeB, nint a, nint b, nint c, nint bias) => (
        (transposeA ? m : k) % 4 == 0 && (transposeB ? k : n) % 4 == 0 && Conv2dKernels.Aligned(a, b), n % 4 == 0 && Conv2dKernels.Aligned(c, bias));

    /// <summary>The tile, and the splits of k.</summary>
    public (GemmTile Tile, int Splits, int DepthPerSplit) Plan(int m, int n, int k, (bool Operands, bool Output) vector)
    {
        var tile = !vector.Operands ? AnyTile : GemmTile.Choose(vector.Output ? VectorTiles : [VectorTiles[1]], m, n, multiprocessors);
        var (splits, depth) = GemmSplitsKernels.Plan(tile, tile.Tiles(m, n), k, LeastDepth, multiprocessors);
        return (tile, splits, depth);
    }

    /// <summary>c (+)= op(a) op(b) + bias, or the products of splits of k one after the other.</summary>
    /// <param name="stream">Where to enqueue it.</param>
    /// <param name="tile">From <see cref="Plan"/>, as the splits.</param>
    /// <param name="splits">How many; with more than one nothing is accumulated and there is no bias.</param>
    /// <param name="depthPerSplit">Terms of each.</param>
    /// <param name="m">Rows of c.</param>
    /// <param name="n">Columns of c.</param>
    /// <param name="k">Terms of each sum.</param>
    /// <param name="a">[m, k] or, transposed, [k, m].</param>
    /// <param name="transposeA">How a is stored.</param>
    /// <param name="b">[k, n] or, transposed, [n, k].</param>
    /// <param name="transposeB">How b is stored.</param>
    /// <param name="c">[splits, m, n].</param>
    /// <param name="accumulate">Add to c.</param>
    /// <param name="bias">[n], or 0 for none.</param>
    public void Launch(
        CuStream stream, GemmTile tile, int splits, int depthPerSplit, int m, int n, int k,
        nint a, bool transposeA, nint b, bool transposeB, nint c, bool accumulate, nint bias)
    {
        ArgumentNullException.ThrowIfNull(tile);
        _kernels[(tile, transposeA, transposeB)].Launch(stream, new Dim3(checked((uint)tile.Tiles(m, n)), (uint)splits), (uint)tile.Threads, new Args
        {
            A = a,
            B = b,
            C = c,
            Bias = bias,
            M = m,
            N = n,
            K = k,
            DepthPerSplit = depthPerSplit,
            Accumulate = accumulate ? 1 : 0,
            VectorOutput = n % 4 == 0 && Conv2dKernels.Aligned(c, bias) ? 1 : 0,
        });
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Args
    {
        public nint A;
        public nint B;
        public nint C;
        public nint Bias;
        public int M;
        public int N;
        public int K;
        public int DepthPerSplit;
        public int Accumulate;
        public int VectorOutput;
    }
}
