using WrnEngine.Devices;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;
using static WrnEngine.Tests.Support.OpArgument;

namespace WrnEngine.Tests.Support.OpCases;

/// <summary>Matrix products in the four transpositions, with and without bias and accumulation, on sizes around every tile edge.</summary>
public static class MatMulCases
{
    private static readonly (int M, int N, int K)[] Sizes =
    [
        (1, 1, 1), (1, 1, 17), (1, 10, 64), (3, 10, 160), (17, 1, 33), (5, 17, 3), (13, 19, 1), (64, 64, 64), (65, 33, 130), (17, 160, 3), (130, 49, 300),
    ];

    /// <summary>For bfloat16: sizes that tensor cores take, and those of a classifier of 10 classes, which they do not.</summary>
    private static readonly (int M, int N, int K)[] HalfSizes = [(1, 1, 1), (3, 10, 160), (64, 64, 64), (136, 72, 200), (65, 33, 130)];

    public static IEnumerable<OpCase> All()
    {
        foreach (var (m, n, k) in Sizes)
            foreach (bool transposeA in (bool[])[false, true])
                foreach (bool transposeB in (bool[])[false, true])
                    yield return MatMul(m, n, k, transposeA, transposeB, accumulate: transposeA ^ transposeB, bias: m % 2 == 1);
        foreach (bool accumulate in (bool[])[false, true])
            foreach (bool bias in (bool[])[false, true])
                yield return MatMul(23, 41, 29, false, true, accumulate, bias);
        foreach (var (m, n, k) in HalfSizes)
            foreach (bool transposeA in (bool[])[false, true])
                foreach (bool transposeB in (bool[])[false, true])
                {
                    var product = MatMul(m, n, k, transposeA, transposeB, accumulate: transposeA ^ transposeB, bias: m % 2 == 1);
                    yield return product.InBFloat16("a", "b", "c");
                    yield return product.InBFloat16("a", "b") with { Name = product.Name + " bf16 to f32" };
                }
        yield return MatMul(200, 150, 700, false, false, false, false);
        yield return MatMul(10, 640, 128, true, false, true, false);
    }

    private static OpCase MatMul(int m, int n, int k, bool transposeA, bool transposeB, bool accumulate, bool bias)
    {
        Shape a = transposeA ? [k, m] : [m, k], b = transposeB ? [n, k] : [k, n];
        return new OpCase
        {
            Method = AllCases.Method<IMatMulOps>(nameof(IMatMulOps.MatMul)),
            Name = $"{m}x{n}x{k}{(transposeA ? " ta" : "")}{(transposeB ? " tb" : "")}{AllCases.Accumulating(accumulate)}{(bias ? " bias" : "")}",
            Arguments = [Input("a", a), Input("b", b), Target("c", [m, n], accumulate), .. bias ? [Input("bias", [n])] : (OpArgument[])[]],
            Reference = r =>
            {
                var product = MatMulOracle.MatMul(r["a"], transposeA, r["b"], transposeB);
                if (bias) product = ElementwiseOracle.Binary(BinaryOp.Add, product, r["bias"]);
                r.Store("c", product, accumulate);
                r.Typical["c"] = Math.Sqrt(k) + 1;
            },
            Run = (device, t) => device.MatMul.MatMul(t["a"], transposeA, t["b"], transposeB, t["c"], accumulate, bias ? t["bias"] : null),
            ReductionLength = k,
            Flops = 2L * m * n * k,
        };
    }
}
