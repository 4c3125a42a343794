using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Tensors;

namespace WrnEngine.Ops;

/// <summary>Elementwise functions and arithmetic with NumPy broadcasting: <c>a + b</c>, <c>x.Exp()</c>, <c>x.Relu()</c>.</summary>
public static class ElementwiseOps
{
    extension(Tensor)
    {
        /// <summary>Elementwise sum with broadcasting.</summary>
        public static Tensor operator +(Tensor a, Tensor b) => a.Add(b);

        /// <summary>Elementwise difference with broadcasting.</summary>
        public static Tensor operator -(Tensor a, Tensor b) => a.Subtract(b);

        /// <summary>Elementwise product with broadcasting.</summary>
        public static Tensor operator *(Tensor a, Tensor b) => a.Multiply(b);

        /// <summary>Elementwise quotient with broadcasting.</summary>
        public static Tensor operator /(Tensor a, Tensor b) => a.Divide(b);

        /// <summary>Adds a number to every element.</summary>
        public static Tensor operator +(Tensor a, float b) => WithNumber(a, b, Add);

        /// <summary>Adds a number to every element.</summary>
        public static Tensor operator +(float a, Tensor b) => WithNumber(b, a, Add);

        /// <summary>Subtracts a number from every element.</summary>
        public static Tensor operator -(Tensor a, float b) => WithNumber(a, b, Subtract);

        /// <summary>Subtracts every element from a number.</summary>
        public static Tensor operator -(float a, Tensor b) => WithNumber(b, a, (x, number) => number.Subtract(x));

        /// <summary>Multiplies every element by a number.</summary>
        public static Tensor operator *(Tensor a, float b) => WithNumber(a, b, Multiply);

        /// <summary>Multiplies every element by a number.</summary>
        public static Tensor operator *(float a, Tensor b) => WithNumber(b, a, Multiply);

        /// <summary>Divides every element by a number.</summary>
        public static Tensor operator /(Tensor a, float b) => WithNumber(a, b, Divide);

        /// <summary>Divides a number by every element.</summary>
        public static Tensor operator /(float a, Tensor b) => WithNumber(b, a, (x, number) => number.Divide(x));

        /// <summary>Changes every sign.</summary>
        public static Tensor operator -(Tensor x) => x.Negate();
    }

    /// <summary>a + b, shapes broadcast.</summary>
    /// <exception cref="ShapeException">The shapes cannot be broadcast together.</exception>
    public static Tensor Add(this Tensor a, Tensor b)
    {
        var y = Apply("add", BinaryOp.Add, a, b);
        if (GradTape.Records(a, b))
            GradTape.Record("add", y, [a, b], [], n =>
            {
                if (n.Needs(0)) PassReduced(n, 0, n.GradOutput, a.Shape);
                if (n.Needs(1)) PassReduced(n, 1, n.GradOutput, b.Shape);
            });
        return y;
    }

    /// <summary>a - b, shapes broadcast.</summary>
    /// <exception cref="ShapeException">The shapes cannot be broadcast together.</exception>
    public static Tensor Subtract(this Tensor a, Tensor b)
    {
        var y = Apply("subtract", BinaryOp.Subtract, a, b);
        if (GradTape.Records(a, b))
            GradTape.Record("subtract", y, [a, b], [], n =>
            {
                if (n.Needs(0)) PassReduced(n, 0, n.GradOutput, a.Shape);
                if (n.Needs(1)) PassReduced(n, 1, n.GradOutput.Negate(), b.Shape);
            });
        return y;
    }

    /// <summary>a * b elementwise, shapes broadcast.</summary>
    /// <exception cref="ShapeException">The shapes cannot be broadcast together.</exception>
    public static Tensor Multiply(this Tensor a, Tensor b)
    {
        var y = Apply("multiply", BinaryOp.Multiply, a, b);
        if (GradTape.Records(a, b))
            GradTape.Record("multiply", y, [a, b], [a, b], n =>
            {
                if (n.Needs(0)) PassReduced(n, 0, n.GradOutput.Multiply(n.Saved(1)), a.Shape);
                if (n.Needs(1)) PassReduced(n, 1, n.GradOutput.Multiply(n.Saved(0)), b.Shape);
            });
        return y;
    }

    /// <summary>a / b elementwise, shapes broadcast.</summary>
    /// <exception cref="ShapeException">The shapes cannot be broadcast together.</exception>
    public static Tensor Divide(this Tensor a, Tensor b)
    {
        var y = Apply("divide", BinaryOp.Divide, a, b);
        if (GradTape.Records(a, b))
            GradTape.Record("divide", y, [a, b], [b, y], n =>
            {
                var gradA = n.GradOutput.Divide(n.Saved(0)); // d(a/b)/da = 1/b
                if (n.Needs(0)) PassReduced(n, 0, gradA, a.Shape);
                if (n.Needs(1)) PassReduced(n, 1, gradA.Multiply(n.Saved(1)).Negate(), b.Shape); // d(a/b)/db = -(a/b)/b
            });
        return y;
    }

    /// <summary>e^x.</summary>
    public static Tensor Exp(this Tensor x) => Unary("exp", UnaryOp.Exp, x, savesResult: true);

    /// <summary>Natural logarithm; NaN below 0, -infinity at 0.</summary>
    public static Tensor Log(this Tensor x) => Unary("log", UnaryOp.Log, x, savesResult: false);

    /// <summary>Square root; NaN below 0.</summary>
    public static Tensor Sqrt(this Tensor x) => Unary("sqrt", UnaryOp.Sqrt, x, savesResult: true);

    /// <summary>max(x, 0); the gradient at 0 is 0.</summary>
    public static Tensor Relu(this Tensor x) => Unary("relu", UnaryOp.Relu, x, savesResult: true);

    /// <summary>-x.</summary>
    public static Tensor Negate(this Tensor x)
    {
        Check.Float("negate", x);
        var y = Tensor.Empty(x.Shape, x.Device, x.DType);
        x.Device.Elementwise.Unary(UnaryOp.Negate, x, y);
        if (GradTape.Records(x)) GradTape.Record("negate", y, [x], [], n => n.PassGradient(0, n.GradOutput.Negate()));
        return y;
    }

    private static Tensor Unary(string name, UnaryOp op, Tensor x, bool savesResult)
    {
        Check.Float(name, x);
        var y = Tensor.Empty(x.Shape, x.Device, x.DType);
        x.Device.Elementwise.Unary(op, x, y);
        if (GradTape.Records(x))
            GradTape.Record(name, y, [x], [savesResult ? y : x], n =>
            {
                var gradX = n.GradInput(0, out bool accumulate);
                gradX.Device.Elementwise.UnaryBackward(op, n.Saved(0), n.GradOutput, gradX, accumulate);
            });
        return y;
    }

    private static Tensor Apply(string name, BinaryOp op, Tensor a, Tensor b)
    {
        Check.Float(name, a);
        Check.Float(name, b);
        Check.SameDevice(name, a, b);
        Check.SameType(name, a, b);
        if (!Shape.TryBroadcast(a.Shape, b.Shape, out var shape))
            throw new ShapeException($"{name}: shapes {a.Shape} and {b.Shape} do not broadcast; aligned from the last axis, sizes must be equal or 1");
        var y = Tensor.Empty(shape, a.Device, a.DType);
        a.Device.Elementwise.Binary(op, a, b, y);
        return y;
    }

    /// <summary>Passes a gradient to an input that was broadcast: sums over the axes along which it was repeated.</summary>
    private static void PassReduced(GradNode node, int input, Tensor gradient, Shape shape)
    {
        if (gradient.Shape == shape)
        {
            node.PassGradient(input, gradient);
            return;
        }
        var target = node.GradInput(input, out bool accumulate);
        target.Device.Elementwise.ReduceSum(gradient, target, 1, accumulate);
    }

    private static Tensor WithNumber(Tensor a, float number, Func<Tensor, Tensor, Tensor> op)
    {
        ArgumentNullException.ThrowIfNull(a);
        Check.Float("arithmetic with a number", a);
        var constant = Tensor.Full(Shape.Scalar, number, a.Device, a.DType);
        var y = op(a, constant);
        constant.Release();
        return y;
    }
}
