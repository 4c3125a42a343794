using WrnEngine.Devices;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Support.Oracle;

/// <summary>Functions of one and two numbers, broadcasting and its inverse, from their definitions.</summary>
public static class ElementwiseOracle
{
    public static RefArray Unary(UnaryOp op, RefArray x) => x.Map(v => op switch
    {
        UnaryOp.Exp => Math.Exp(v),
        UnaryOp.Log => Math.Log(v),
        UnaryOp.Sqrt => Math.Sqrt(v),
        UnaryOp.Relu => double.IsNaN(v) ? double.NaN : Math.Max(v, 0),
        UnaryOp.Negate => -v,
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    });

    /// <summary>gradY times the derivative, taken from the argument x.</summary>
    public static RefArray UnaryBackward(UnaryOp op, RefArray x, RefArray gradY)
    {
        var gradX = new RefArray(x.Shape);
        for (int i = 0; i < x.Count; i++)
        {
            double v = x.Values[i];
            gradX.Values[i] = gradY.Values[i] * op switch
            {
                UnaryOp.Exp => Math.Exp(v),
                UnaryOp.Log => 1 / v,
                UnaryOp.Sqrt => 1 / (2 * Math.Sqrt(v)),
                UnaryOp.Relu => v > 0 ? 1 : 0,
                UnaryOp.Negate => -1,
                _ => throw new ArgumentOutOfRangeException(nameof(op)),
            };
        }
        return gradX;
    }

    public static RefArray Binary(BinaryOp op, RefArray a, RefArray b)
    {
        if (!Shape.TryBroadcast(a.Shape, b.Shape, out var shape)) throw new ArgumentException($"{a.Shape} and {b.Shape} do not broadcast");
        var (left, right) = (Broadcast(a, shape), Broadcast(b, shape));
        var y = new RefArray(shape);
        for (int i = 0; i < y.Count; i++)
        {
            double u = left.Values[i], v = right.Values[i];
            y.Values[i] = op switch
            {
                BinaryOp.Add => u + v,
                BinaryOp.Subtract => u - v,
                BinaryOp.Multiply => u * v,
                BinaryOp.Divide => u / v,
                _ => throw new ArgumentOutOfRangeException(nameof(op)),
            };
        }
        return y;
    }

    public static (RefArray GradA, RefArray GradB) BinaryBackward(BinaryOp op, RefArray a, RefArray b, RefArray gradY)
    {
        var (left, right) = (Broadcast(a, gradY.Shape), Broadcast(b, gradY.Shape));
        var (fullA, fullB) = (new RefArray(gradY.Shape), new RefArray(gradY.Shape));
        for (int i = 0; i < gradY.Count; i++)
        {
            double u = left.Values[i], v = right.Values[i], g = gradY.Values[i];
            (fullA.Values[i], fullB.Values[i]) = op switch
            {
                BinaryOp.Add => (g, g),
                BinaryOp.Subtract => (g, -g),
                BinaryOp.Multiply => (g * v, g * u),
                BinaryOp.Divide => (g / v, -g * u / (v * v)),
                _ => throw new ArgumentOutOfRangeException(nameof(op)),
            };
        }
        return (SumTo(fullA, a.Shape), SumTo(fullB, b.Shape));
    }

    /// <summary>Repeats x along the axes where its size is 1 or missing.</summary>
    public static RefArray Broadcast(RefArray x, Shape shape)
    {
        var y = new RefArray(shape);
        for (int i = 0; i < y.Count; i++) y.Values[i] = x.Values[SourceIndex(i, shape, x.Shape)];
        return y;
    }

    /// <summary>The first channels of x, and zeros where there are no more.</summary>
    public static RefArray ResizeChannels(RefArray x, int channels)
    {
        var y = new RefArray([x.Shape[0], channels, x.Shape[2], x.Shape[3]]);
        for (int n = 0; n < x.Shape[0]; n++)
            for (int c = 0; c < Math.Min(channels, x.Shape[1]); c++)
                for (int h = 0; h < x.Shape[2]; h++)
                    for (int w = 0; w < x.Shape[3]; w++) y[n, c, h, w] = x[n, c, h, w];
        return y;
    }

    /// <summary>Sums x over the axes along which <paramref name="shape"/>, padded left, has size 1.</summary>
    public static RefArray SumTo(RefArray x, Shape shape)
    {
        var y = new RefArray(shape);
        for (int i = 0; i < x.Count; i++) y.Values[SourceIndex(i, x.Shape, shape)] += x.Values[i];
        return y;
    }

    /// <summary>Where element <paramref name="index"/> of an array of the large shape is found in one of the small shape.</summary>
    private static int SourceIndex(int index, Shape large, Shape small)
    {
        int result = 0, stride = 1;
        for (int axis = large.Rank - 1; axis >= 0; axis--)
        {
            int coordinate = index % large[axis];
            index /= large[axis];
            int smallAxis = axis - (large.Rank - small.Rank);
            if (smallAxis < 0) continue;
            if (small[smallAxis] != 1) result += coordinate * stride;
            stride *= small[smallAxis];
        }
        return result;
    }
}
