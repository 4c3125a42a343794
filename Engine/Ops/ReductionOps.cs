using WrnEngine.Autograd;
using WrnEngine.Tensors;

namespace WrnEngine.Ops;

/// <summary>Sums and means over axes.</summary>
public static class ReductionOps
{
    /// <summary>The sum over <paramref name="axes"/>, or over everything when none are given.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="axes">Axes to sum over; negative ones count from the end.</param>
    /// <param name="keepDims">Keep summed axes with size 1.</param>
    public static Tensor Sum(this Tensor x, int[]? axes = null, bool keepDims = false) => Reduce("sum", x, axes, keepDims, _ => 1);

    /// <summary>The mean over <paramref name="axes"/>, or over everything when none are given.</summary>
    /// <inheritdoc cref="Sum"/>
    public static Tensor Mean(this Tensor x, int[]? axes = null, bool keepDims = false) => Reduce("mean", x, axes, keepDims, count => 1f / count);

    private static Tensor Reduce(string name, Tensor x, int[]? axes, bool keepDims, Func<long, float> scaleOf)
    {
        Check.Float(name, x);
        var reduced = new bool[x.Rank];
        if (axes is null) Array.Fill(reduced, true);
        else
            foreach (int axis in axes)
            {
                int a = x.Shape.NormalizeAxis(axis);
                if (reduced[a]) throw new ShapeException($"{name}: axis {axis} is given twice for shape {x.Shape}");
                reduced[a] = true;
            }
        var kept = new int[x.Rank];
        var squeezed = new List<int>();
        long count = 1;
        for (int i = 0; i < x.Rank; i++)
        {
            kept[i] = reduced[i] ? 1 : x.Shape[i];
            if (reduced[i]) count *= x.Shape[i];
            else squeezed.Add(x.Shape[i]);
        }
        float scale = scaleOf(count);
        var y = Tensor.Empty(new Shape(kept), x.Device, x.DType);
        x.Device.Elementwise.ReduceSum(x, y, scale, accumulate: false);
        if (GradTape.Records(x))
            GradTape.Record(name, y, [x], [], n =>
            {
                // Every summand gets the gradient of its sum: broadcast it back, scaled.
                var spread = Tensor.Full(x.Shape, scale, n.GradOutput.Device, n.GradOutput.DType);
                spread.Device.Elementwise.Binary(Devices.BinaryOp.Multiply, spread, n.GradOutput, spread);
                n.PassGradient(0, spread);
            });
        if (keepDims) return y;
        var result = y.Reshape(new Shape([.. squeezed]));
        y.Release();
        return result;
    }
}
