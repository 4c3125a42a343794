using WrnEngine.Devices;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Support.GradientCases;

/// <summary>Sums and means over axes, reshapes, casts, dropout: ops that only move, add or drop elements.</summary>
public static class ShapeGradients
{
    private static readonly (Shape X, int[]? Axes, bool KeepDims, Shape Y)[] Reductions =
    [
        ([2, 3, 4, 5], null, false, []), ([2, 3, 4, 5], [0, 2, 3], false, [3]), ([2, 3, 4, 5], [0, 2, 3], true, [1, 3, 1, 1]),
        ([2, 3, 4, 5], [1], false, [2, 4, 5]), ([2, 3, 4, 5], [-1], true, [2, 3, 4, 1]), ([2, 3, 4, 5], [2, 3], false, [2, 3]),
        ([7, 5], [0], false, [5]), ([7, 5], [1], true, [7, 1]), ([7, 5], null, true, [1, 1]), ([6], [0], false, []), ([2, 1, 3], [1], false, [2, 3]),
        ([3, 4], [], false, [3, 4]),
    ];

    private static readonly (Shape X, Shape Y)[] Reshapes =
    [
        ([2, 3, 4, 5], [2, 60]), ([2, 60], [2, 3, 4, 5]), ([2, 3, 4, 5], [2, 4, 3, 5]), ([4, 6], [2, 12]), ([2, 3, 1, 1], [2, 3]), ([2, 3, 4, 5], [2, 3, 4, 5]),
        ([1], []),
    ];

    public static IEnumerable<GradientCase> All() =>
    [
        .. Reductions.Select(r => Reduce(nameof(ReductionOps.Sum), r.X, r.Axes, r.KeepDims, r.Y, mean: false)),
        .. Reductions.Select(r => Reduce(nameof(ReductionOps.Mean), r.X, r.Axes, r.KeepDims, r.Y, mean: true)),
        .. Reshapes.Select(r => Reshape(nameof(ShapeOps.Reshape), r.X, r.Y, x => x.Reshape(r.Y))),
        Reshape(nameof(ShapeOps.Reshape), [2, 3, 4, 5], [6, 20], x => x.Reshape(-1, 20)),
        Reshape(nameof(ShapeOps.Flatten), [2, 3, 4, 5], [2, 60], x => x.Flatten()),
        Reshape(nameof(ShapeOps.Flatten), [2, 3, 4, 5], [2, 3, 20], x => x.Flatten(2)),
        Reshape(nameof(ShapeOps.Flatten), [2, 3, 4, 5], [120], x => x.Flatten(0)),
        Reshape(nameof(ShapeOps.Flatten), [], [1], x => x.Flatten()),
        Reshape(nameof(CastOps.To), [2, 3, 4, 5], [2, 3, 4, 5], x => x.To(DType.Float32)), // the type it has: differences cannot see through rounding
        Dropout([3, 5, 4, 2], 0.3f, samples: true),
        Dropout([3, 5, 4, 2], 0.6f, samples: false),
        Dropout([4, 9], 0.5f, samples: true),
    ];

    private static GradientCase Reduce(string name, Shape x, int[]? axes, bool keepDims, Shape y, bool mean)
    {
        var kept = x.Dims.ToArray();
        foreach (int axis in axes ?? Enumerable.Range(0, x.Rank).ToArray()) kept[axis < 0 ? axis + x.Rank : axis] = 1;
        Shape keptShape = new(kept);
        double scale = mean ? (double)keptShape.Numel / x.Numel : 1;
        return new GradientCase
        {
            Op = name,
            Name = $"{x} over {(axes is null ? "all" : $"[{string.Join(", ", axes)}]")}{(keepDims ? " keepDims" : "")}",
            Inputs = [x],
            Forward = (_, t) => mean ? t[0].Mean(axes, keepDims) : t[0].Sum(axes, keepDims),
            Reference = r => (ElementwiseOracle.SumTo(r[0], keptShape) * scale).Reshape(y),
            Backward = (r, g) => [ElementwiseOracle.Broadcast(g.Reshape(keptShape), x) * scale],
            ReductionLength = x.Numel,
        };
    }

    private static GradientCase Reshape(string name, Shape x, Shape y, Func<Tensor, Tensor> forward) => new()
    {
        Op = name,
        Name = $"{x} to {y}",
        Inputs = [x],
        Forward = (_, t) => forward(t[0]),
        Reference = r => r[0].Reshape(y),
        Backward = (r, g) => [g.Reshape(x)],
    };

    private static GradientCase Dropout(Shape shape, float p, bool samples)
    {
        var key = new DropoutKey(99, 5, 3);
        var indices = samples ? TestData.For("samples").Integers([shape[0]], 1000) : null;
        return new GradientCase
        {
            Op = nameof(DropoutOps.Dropout),
            Name = $"{shape} p {p}{(samples ? " with indices" : "")}",
            Inputs = [shape],
            Forward = (device, t) => t[0].Dropout(p, key, indices?.ToTensor(device, DType.Int32)),
            Reference = r => DropoutOracle.Apply(r[0], indices, p, key),
            Backward = (r, g) => [DropoutOracle.Apply(g, indices, p, key)],
        };
    }
}
