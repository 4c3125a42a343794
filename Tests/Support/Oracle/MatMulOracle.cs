using WrnEngine.Tensors;

namespace WrnEngine.Tests.Support.Oracle;

/// <summary>Matrix products by three loops.</summary>
public static class MatMulOracle
{
    /// <summary>op(a) op(b), with op(a) = the transpose of a where asked.</summary>
    public static RefArray MatMul(RefArray a, bool transposeA, RefArray b, bool transposeB)
    {
        var (left, right) = (transposeA ? Transpose(a) : a, transposeB ? Transpose(b) : b);
        int m = left.Shape[0], depth = left.Shape[1], n = right.Shape[1];
        if (right.Shape[0] != depth) throw new ArgumentException($"cannot multiply {left.Shape} by {right.Shape}");
        var c = new RefArray([m, n]);
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
            {
                double sum = 0;
                for (int k = 0; k < depth; k++) sum += left[i, k] * right[k, j];
                c[i, j] = sum;
            }
        return c;
    }

    /// <summary>y = x weight^T + bias, with weight [out, in].</summary>
    public static RefArray Linear(RefArray x, RefArray weight, RefArray? bias)
    {
        var y = MatMul(x, false, weight, true);
        return bias is null ? y : ElementwiseOracle.Binary(Devices.BinaryOp.Add, y, bias);
    }

    public static (RefArray GradX, RefArray GradWeight, RefArray GradBias) LinearBackward(RefArray x, RefArray weight, RefArray gradY) =>
        (MatMul(gradY, false, weight, false), MatMul(gradY, true, x, false), ElementwiseOracle.SumTo(gradY, [weight.Shape[0]]));

    public static RefArray Transpose(RefArray a)
    {
        var t = new RefArray([a.Shape[1], a.Shape[0]]);
        for (int i = 0; i < a.Shape[0]; i++)
            for (int j = 0; j < a.Shape[1]; j++) t[j, i] = a[i, j];
        return t;
    }
}
