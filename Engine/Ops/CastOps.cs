using WrnEngine.Autograd;
using WrnEngine.Tensors;

namespace WrnEngine.Ops;

/// <summary>Changes of element type.</summary>
public static class CastOps
{
    /// <summary>
    /// x in another element type: float32 to bfloat16 (to the nearest, ties to even), bfloat16 to float32, uint8 to float32. The gradient is cast back.
    /// x itself where it has the type already, as another handle on the same elements.
    /// </summary>
    /// <exception cref="NotSupportedException">There is no such cast.</exception>
    public static Tensor To(this Tensor x, DType dtype)
    {
        ArgumentNullException.ThrowIfNull(x);
        var y = x.DType == dtype ? x.View(x.Shape) : Tensor.Empty(x.Shape, x.Device, dtype);
        if (x.DType != dtype) x.Device.Elementwise.Cast(x, y);
        if (GradTape.Records(x)) GradTape.Record("to", y, [x], [], n => n.PassGradient(0, n.GradOutput.To(n.Input(0).DType)));
        return y;
    }
}
