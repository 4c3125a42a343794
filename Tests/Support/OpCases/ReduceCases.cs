using WrnEngine.Devices;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;
using static WrnEngine.Tests.Support.OpArgument;

namespace WrnEngine.Tests.Support.OpCases;

/// <summary>Sums over axes, copies between logical orders, and the search for NaN and infinity.</summary>
public static class ReduceCases
{
    private static readonly (Shape X, Shape Y)[] Reductions =
    [
        ([3, 17, 5, 7], [1, 17, 1, 1]), ([3, 17, 5, 7], [17, 1, 1]), ([3, 17, 5, 7], []), ([3, 17, 5, 7], [1, 1, 1, 1]), ([3, 17, 5, 7], [7]),
        ([3, 17, 5, 7], [5, 1]), ([3, 17, 5, 7], [3, 1, 1, 1]), ([3, 17, 5, 7], [3, 17, 1, 1]), ([3, 17, 5, 7], [1, 17, 1, 7]), ([3, 17, 5, 7], [3, 1, 5, 7]),
        ([3, 17, 5, 7], [3, 17, 5, 7]), ([2, 160, 9, 11], [1, 160, 1, 1]), ([16, 160, 12, 12], [1, 160, 1, 1]), ([1, 3, 1, 1], [1, 3, 1, 1]),
        ([33, 5], [5]), ([33, 5], [1, 5]), ([33, 5], [33, 1]), ([33, 5], []), ([300, 257], [257]), ([300, 257], [300, 1]),
        ([4, 3, 5], [3, 1]), ([2, 3, 4, 3, 2], [3, 1, 3, 1]), ([17], []), ([17], [1]), ([], []), ([70_001], []),
    ];

    /// <summary>For bfloat16 every way to sum: rows by warps and blocks, columns in packs and not, walks, nothing to sum.</summary>
    private static readonly (Shape X, Shape Y)[] HalfReductions =
    [
        ([3, 17, 5, 7], [1, 17, 1, 1]), ([2, 160, 9, 11], [1, 160, 1, 1]), ([3, 17, 5, 7], []), ([3, 17, 5, 7], [5, 1]), ([3, 17, 5, 7], [1, 17, 1, 7]),
        ([300, 256], [256]), ([300, 257], [300, 1]), ([33, 5], [5]), ([3, 17, 5, 7], [3, 17, 5, 7]), ([2, 3, 4, 3, 2], [3, 1, 3, 1]), ([70_001], []), ([], []),
    ];

    private static readonly (Shape X, Shape Y)[] Copies =
    [
        ([3, 17, 5, 7], [3, 595]), ([3, 595], [3, 17, 5, 7]), ([3, 17, 5, 7], [3, 5, 17, 7]), ([3, 17, 5, 7], [3, 17, 35]), ([51, 35], [3, 17, 5, 7]),
        ([3, 17, 5, 7], [3, 17, 5, 7]), ([1, 160, 9, 11], [11, 9, 160, 1]), ([1, 3, 1, 1], [3]), ([3, 17, 5, 7], [1785]), ([2, 3, 4, 3, 2], [12, 3, 2, 2]),
    ];

    /// <summary>Where the one bad value sits: first, last, inside a vector, in the tail.</summary>
    private static readonly (int Length, int Place)[] Places = [(1, 0), (16, 15), (17, 16), (1000, 0), (1000, 999), (1000, 501), (70_001, 70_000), (70_001, 35_000)];

    public static IEnumerable<OpCase> All() =>
    [
        .. Reductions.Select(p => ReduceSum(p.X, p.Y, 1, false)),
        .. Reductions.Select(p => ReduceSum(p.X, p.Y, -0.125f, true)),
        .. Copies.Select(p => CopyLogical(p.X, p.Y)),
        .. Places.SelectMany(p => new[] { double.NaN, double.PositiveInfinity, double.NegativeInfinity }.Select(v => HasNonFinite(p.Length, p.Place, v))),
        .. Places.Select(p => HasNonFinite(p.Length, p.Place, float.MaxValue)),
        .. HalfReductions.Select((p, i) => ReduceSum(p.X, p.Y, i % 2 == 0 ? 1 : -0.125f, i % 2 == 1).InBFloat16("x", "y")),
        .. HalfReductions.Where((_, i) => i % 3 == 0).Select(p => ReduceSum(p.X, p.Y, 0.5f, true).InBFloat16("x")),
        .. Copies.Where((_, i) => i % 2 == 0).Select(p => CopyLogical(p.X, p.Y).InBFloat16("x", "y")),
        .. Places[2..].Select((p, i) => HasNonFinite(p.Length, p.Place, i % 3 == 0 ? LargestBFloat16 : i % 3 == 1 ? double.NaN : double.NegativeInfinity).InBFloat16("x")),
    ];

    private static double LargestBFloat16 => BFloat16.ToSingle(0x7f7f);

    private static OpCase ReduceSum(Shape x, Shape y, float scale, bool accumulate)
    {
        long terms = x.Numel / y.Numel;
        return new OpCase
        {
            Method = AllCases.Method<IElementwiseOps>(nameof(IElementwiseOps.ReduceSum)),
            Name = $"{x} to {y} scale {scale}{AllCases.Accumulating(accumulate)}",
            Arguments = [Input("x", x), Target("y", y, accumulate)],
            Reference = a =>
            {
                a.Store("y", ElementwiseOracle.SumTo(a["x"], y) * scale, accumulate);
                a.Typical["y"] = Math.Sqrt(terms) * Math.Abs(scale) + (accumulate ? 1 : 0);
            },
            Run = (device, t) => device.Elementwise.ReduceSum(t["x"], t["y"], scale, accumulate),
            ReductionLength = terms,
            Flops = x.Numel,
        };
    }

    private static OpCase CopyLogical(Shape x, Shape y) => new()
    {
        Method = AllCases.Method<IElementwiseOps>(nameof(IElementwiseOps.CopyLogical)),
        Name = $"{x} to {y}",
        Arguments = [Input("x", x), Output("y", y)],
        Reference = a => a["y"] = a["x"].Reshape(y),
        Run = (device, t) => device.Elementwise.CopyLogical(t["x"], t["y"]),
    };

    private static OpCase HasNonFinite(int length, int place, double value) => new()
    {
        Method = AllCases.Method<IElementwiseOps>(nameof(IElementwiseOps.HasNonFinite)),
        Name = $"[{length}] with {value} at {place}",
        Arguments = [Input("x", [length]), Output("found", [])],
        Prepare = a => a["x"].Values[place] = value,
        Reference = a => a["found"] = RefArray.Scalar(double.IsFinite(value) ? 0 : 1),
        Run = (device, t) => t["found"].CopyFrom([device.Elementwise.HasNonFinite(t["x"]) ? 1f : 0f]),
    };
}
