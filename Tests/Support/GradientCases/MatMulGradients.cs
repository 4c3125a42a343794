using WrnEngine.Ops;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Support.GradientCases;

/// <summary>Matrix products and linear layers.</summary>
public static class MatMulGradients
{
    private static readonly (int M, int N, int K)[] Sizes = [(1, 1, 1), (3, 5, 7), (8, 3, 17), (17, 10, 4)];

    public static IEnumerable<GradientCase> All() =>
    [
        .. Sizes.Select(s => MatMul(s.M, s.N, s.K)),
        .. Sizes.SelectMany(s => new[] { Linear(s.M, s.N, s.K, false), Linear(s.M, s.N, s.K, true) }),
    ];

    private static GradientCase MatMul(int m, int n, int k) => new()
    {
        Op = nameof(MatMulOps.MatMul),
        Name = $"{m}x{n}x{k}",
        Inputs = [new([m, k]), new([k, n])],
        Forward = (_, t) => t[0].MatMul(t[1]),
        Reference = r => MatMulOracle.MatMul(r[0], false, r[1], false),
        Backward = (r, g) => [MatMulOracle.MatMul(g, false, r[1], true), MatMulOracle.MatMul(r[0], true, g, false)],
        ReductionLength = Math.Max(m, Math.Max(n, k)),
    };

    private static GradientCase Linear(int n, int outFeatures, int inFeatures, bool bias) => new()
    {
        Op = nameof(MatMulOps.Linear),
        Name = $"[{n}, {inFeatures}] to {outFeatures}{(bias ? " bias" : "")}",
        Inputs = [new([n, inFeatures]), new([outFeatures, inFeatures]), .. bias ? [new([outFeatures])] : (GradientInput[])[]],
        Forward = (_, t) => t[0].Linear(t[1], bias ? t[2] : null),
        Reference = r => MatMulOracle.Linear(r[0], r[1], bias ? r[2] : null),
        Backward = (r, g) =>
        {
            var (gradX, gradWeight, gradBias) = MatMulOracle.LinearBackward(r[0], r[1], g);
            return bias ? [gradX, gradWeight, gradBias] : [gradX, gradWeight];
        },
        ReductionLength = Math.Max(n, Math.Max(outFeatures, inFeatures)),
    };
}
