using WrnEngine.Autograd;
using WrnEngine.Tensors;

namespace WrnEngine.Ops;

/// <summary>Changing shapes.</summary>
public static class ShapeOps
{
    /// <summary>
    /// The same elements in logical (row-major) order under another shape; one size may be -1 and is inferred. Shares memory when the stored
    /// orders agree, and copies when channels-last storage makes them differ.
    /// </summary>
    /// <exception cref="ShapeException">The element counts differ, or -1 cannot be inferred.</exception>
    public static Tensor Reshape(this Tensor x, params ReadOnlySpan<int> sizes) => x.Reshape(Infer(x, sizes));

    /// <inheritdoc cref="Reshape(Tensor, ReadOnlySpan{int})"/>
    public static Tensor Reshape(this Tensor x, Shape shape)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (shape.Numel != x.Numel) throw new ShapeException($"reshape: {x.Shape} has {x.Numel} elements, {shape} would have {shape.Numel}");
        var y = Move(x, shape);
        if (GradTape.Records(x)) GradTape.Record("reshape", y, [x], [], n => n.PassGradient(0, Move(n.GradOutput, x.Shape)));
        return y;
    }

    /// <summary>Joins the axes from <paramref name="startAxis"/> on into one: [N, C, H, W] becomes [N, C * H * W].</summary>
    public static Tensor Flatten(this Tensor x, int startAxis = 1)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Rank == 0) return x.Reshape(new Shape(1));
        int start = x.Shape.NormalizeAxis(startAxis);
        long joined = 1;
        foreach (int d in x.Shape.Dims[start..]) joined *= d;
        return x.Reshape(new Shape([.. x.Shape.Dims[..start], checked((int)joined)]));
    }

    private static Tensor Move(Tensor x, Shape shape)
    {
        if (SharesOrder(x.Shape, shape)) return x.View(shape);
        if (!x.Device.Computes(x.DType))
            throw new ShapeException($"reshape: {x.Shape} to {shape} has to move elements, which {x.Device.Name} does not do for {x.DType.ShortName()}");
        var y = Tensor.Empty(shape, x.Device, x.DType);
        x.Device.Elementwise.CopyLogical(x, y);
        return y;
    }

    private static bool SharesOrder(Shape a, Shape b) => a == b || (StorageOrder.IsRowMajor(a) && StorageOrder.IsRowMajor(b));

    private static Shape Infer(Tensor x, ReadOnlySpan<int> sizes)
    {
        var dims = sizes.ToArray();
        int unknown = Array.IndexOf(dims, -1);
        if (unknown < 0) return new Shape(dims);
        long known = 1;
        for (int i = 0; i < dims.Length; i++)
            if (i != unknown) known *= dims[i];
        if (known <= 0 || x.Numel % known != 0)
            throw new ShapeException($"reshape: {x.Shape} has {x.Numel} elements, which [{string.Join(", ", dims)}] cannot hold whatever -1 stands for");
        dims[unknown] = checked((int)(x.Numel / known));
        return new Shape(dims);
    }
}
