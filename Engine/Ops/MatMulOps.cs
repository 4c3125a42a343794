using WrnEngine.Autograd;
using WrnEngine.Tensors;

namespace WrnEngine.Ops;

/// <summary>Matrix products.</summary>
public static class MatMulOps
{
    /// <summary>[M, K] times [K, N] is [M, N].</summary>
    /// <exception cref="ShapeException">Not two matrices, or the inner sizes differ.</exception>
    public static Tensor MatMul(this Tensor a, Tensor b)
    {
        Check.Rank("matmul", a, 2, "[M, K]");
        Check.Rank("matmul", b, 2, "[K, N]");
        Check.SameDevice("matmul", a, b);
        if (a.Shape[1] != b.Shape[0])
            throw new ShapeException($"matmul: a {a.Shape} has {a.Shape[1]} columns but b {b.Shape} has {b.Shape[0]} rows; they must be equal");
        Check.SameType("matmul", a, b);
        var y = Tensor.Empty([a.Shape[0], b.Shape[1]], a.Device, a.DType);
        a.Device.MatMul.MatMul(a, false, b, false, y, accumulate: false);
        if (GradTape.Records(a, b))
            GradTape.Record("matmul", y, [a, b], [a, b], n =>
            {
                var matMul = n.GradOutput.Device.MatMul;
                if (n.Needs(0)) matMul.MatMul(n.GradOutput, false, n.Saved(1), true, n.GradInput(0, out bool addA), addA);
                if (n.Needs(1)) matMul.MatMul(n.Saved(0), true, n.GradOutput, false, n.GradInput(1, out bool addB), addB);
            });
        return y;
    }

    /// <summary>x weight^T + bias: [N, in] with weight [out, in] and bias [out] gives [N, out].</summary>
    /// <exception cref="ShapeException">The sizes do not fit.</exception>
    public static Tensor Linear(this Tensor x, Tensor weight, Tensor? bias = null)
    {
        Check.Rank("linear", x, 2, "[N, in]; call Flatten() first if it has more axes");
        Check.Rank("linear", weight, 2, "[out, in]");
        Check.SameDevice("linear", x, weight);
        if (x.Shape[1] != weight.Shape[1])
            throw new ShapeException($"linear: x {x.Shape} has {x.Shape[1]} features but weight {weight.Shape} takes {weight.Shape[1]}");
        if (bias is not null) Check.Vector("linear", bias, weight.Shape[0], "one per output of the weight");
        var factor = MixedPrecision.FactorOf(weight, x.DType, out _);
        var y = Tensor.Empty([x.Shape[0], weight.Shape[0]], x.Device, x.DType);
        x.Device.MatMul.MatMul(x, false, factor, true, y, accumulate: false, bias);
        if (GradTape.Records(x, weight, bias))
            GradTape.Record("linear", y, bias is null ? [x, weight] : [x, weight, bias], [x, factor], n =>
            {
                var device = n.GradOutput.Device;
                if (n.Needs(0)) device.MatMul.MatMul(n.GradOutput, false, n.Saved(1), false, n.GradInput(0, out bool addX), addX);
                if (n.Needs(1)) device.MatMul.MatMul(n.GradOutput, true, n.Saved(0), false, n.GradInput(1, out bool addW), addW);
                if (bias is not null && n.Needs(2)) device.Elementwise.ReduceSum(n.GradOutput, n.GradInput(2, out bool addB), 1, addB);
            });
        if (factor != weight) factor.Release();
        return y;
    }
}
