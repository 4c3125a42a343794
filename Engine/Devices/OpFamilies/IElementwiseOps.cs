using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>Functions of one number.</summary>
public enum UnaryOp
{
    /// <summary>e^x.</summary>
    Exp,

    /// <summary>Natural logarithm.</summary>
    Log,

    /// <summary>Square root.</summary>
    Sqrt,

    /// <summary>max(x, 0), with NaN kept.</summary>
    Relu,

    /// <summary>-x.</summary>
    Negate,
}

/// <summary>Functions of two numbers.</summary>
public enum BinaryOp
{
    /// <summary>a + b.</summary>
    Add,

    /// <summary>a - b.</summary>
    Subtract,

    /// <summary>a * b.</summary>
    Multiply,

    /// <summary>a / b.</summary>
    Divide,
}

/// <summary>Elementwise ops and reductions on float32 tensors, or bfloat16 where <see cref="Device.Computes"/> says so. Shapes are checked by the caller (<c>WrnEngine.Ops</c>).</summary>
public interface IElementwiseOps
{
    /// <summary>Sets every element.</summary>
    void Fill(Tensor y, float value);

    /// <summary>
    /// y = x in y's element type, for equal shapes: float32 to bfloat16 (to the nearest, ties to even; NaN becomes 0x7fff), bfloat16 to float32, uint8 to float32.
    /// </summary>
    /// <exception cref="NotSupportedException">The two types are another pair.</exception>
    void Cast(Tensor x, Tensor y);

    /// <summary>y = op(x); y may be x.</summary>
    void Unary(UnaryOp op, Tensor x, Tensor y);

    /// <summary>
    /// gradX (+)= gradY * op'(x), where <paramref name="saved"/> is the op's result y (<see cref="UnaryOp.Exp"/>,
    /// <see cref="UnaryOp.Sqrt"/>, <see cref="UnaryOp.Relu"/>) or its argument x (<see cref="UnaryOp.Log"/>).
    /// </summary>
    void UnaryBackward(UnaryOp op, Tensor saved, Tensor gradY, Tensor gradX, bool accumulate);

    /// <summary>y = op(a, b) with a and b broadcast to y's shape (NumPy rules on logical axes).</summary>
    void Binary(BinaryOp op, Tensor a, Tensor b, Tensor y);

    /// <summary>y = a + alpha * x for equal shapes; y may be a or x.</summary>
    void AddScaled(Tensor a, Tensor x, float alpha, Tensor y);

    /// <summary>
    /// y (+)= scale * sum of x over the axes along which y has size 1 and x has not; y's shape, padded left, broadcasts to x's.
    /// The order of the additions depends on the shapes only.
    /// </summary>
    void ReduceSum(Tensor x, Tensor y, float scale, bool accumulate);

    /// <summary>Copies x to y, equal in element count, element by element in logical order: a reshape that has to move data.</summary>
    void CopyLogical(Tensor x, Tensor y);

    /// <summary>
    /// y [N, C2, H, W] (+)= x [N, C1, H, W] with its last channels dropped or channels of zeros behind them. The same call with x and y
    /// exchanged is the backward pass.
    /// </summary>
    void ResizeChannels(Tensor x, Tensor y, bool accumulate);

    /// <summary>True when x holds a NaN or an infinity. Waits for the device.</summary>
    bool HasNonFinite(Tensor x);
}
