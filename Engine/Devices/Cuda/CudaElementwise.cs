using WrnEngine.Kernels;
using WrnEngine.Kernels.Driver;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

/// <summary>Elementwise ops, broadcasting and sums. Equal shapes run over the stored order as one flat array.</summary>
internal sealed class CudaElementwise(CudaDevice device) : IElementwiseOps
{
    private readonly ElementwiseKernels _elementwise = new(device.Context.Library);
    private readonly BroadcastKernels _broadcast = new(device.Context.Library);
    private readonly CastKernels _cast = new(device.Context.Library);
    private readonly LayoutKernels _layout = new(device.Context.Library);
    private readonly CudaSum _sum = new(device);

    private CuStream Stream => device.Context.Stream;

    public void Fill(Tensor y, float value) => _elementwise.Fill(Stream, CudaTypes.Activations(y), y.Address, y.Numel, value);

    public void Cast(Tensor x, Tensor y)
    {
        switch (x.DType, y.DType)
        {
            case (DType.UInt8, DType.Float32): _cast.ByteToFloat(Stream, x.Address, y.Address, x.Numel); break;
            case (DType.Float32, DType.BFloat16): _cast.FloatToBFloat16(Stream, x.Address, y.Address, x.Numel); break;
            case (DType.BFloat16, DType.Float32): _cast.BFloat16ToFloat(Stream, x.Address, y.Address, x.Numel); break;
            default: throw new NotSupportedException($"cannot cast {x.DType.ShortName()} to {y.DType.ShortName()}");
        }
    }

    public void Unary(UnaryOp op, Tensor x, Tensor y) => Function(op).Forward(Stream, CudaTypes.Activations(x, y), x.Address, y.Address, y.Numel);

    public void UnaryBackward(UnaryOp op, Tensor saved, Tensor gradY, Tensor gradX, bool accumulate)
    {
        // The derivative of -x needs nothing saved, so nothing is asked of the saved tensor.
        var type = op == UnaryOp.Negate ? CudaTypes.Activations(gradY, gradX) : CudaTypes.Activations(saved, gradY, gradX);
        if (op != UnaryOp.Negate) Function(op).Backward(Stream, type, saved.Address, gradY.Address, gradX.Address, gradX.Numel, accumulate);
        else if (accumulate) AddScaled(gradX, gradY, -1, gradX);
        else Unary(UnaryOp.Negate, gradY, gradX);
    }

    public void Binary(BinaryOp op, Tensor a, Tensor b, Tensor y)
    {
        var type = CudaTypes.Activations(y, a, b);
        if (y.Numel == 0) return;
        var function = op switch
        {
            BinaryOp.Add => _broadcast.Add,
            BinaryOp.Subtract => _broadcast.Subtract,
            BinaryOp.Multiply => _broadcast.Multiply,
            BinaryOp.Divide => _broadcast.Divide,
            _ => throw new ArgumentOutOfRangeException(nameof(op), op, "unknown op"),
        };
        if (a.Shape == y.Shape && b.Shape == y.Shape)
        {
            function.Rows(Stream, type, new RowOperand(a.Address, 0, 1), new RowOperand(b.Address, 0, 1), y.Address, 1, y.Numel);
            return;
        }
        var axes = new BroadcastAxes(y.Shape, a.Shape, b.Shape);
        if (axes.Sizes.Length <= 2 && axes.StridesA[^1] <= 1 && axes.StridesB[^1] <= 1)
            function.Rows(Stream, type, Operand(a, axes.StridesA), Operand(b, axes.StridesB), y.Address, axes.Sizes.Length == 1 ? 1 : axes.Sizes[0], axes.Sizes[^1]);
        else
            function.Walk(Stream, type, a.Address, axes.StridesA, b.Address, axes.StridesB, y.Address, axes.Sizes);
    }

    public void AddScaled(Tensor a, Tensor x, float alpha, Tensor y) =>
        _elementwise.AddScaled(Stream, CudaTypes.Activations(a, x, y), a.Address, x.Address, alpha, y.Address, y.Numel);

    public void ReduceSum(Tensor x, Tensor y, float scale, bool accumulate)
    {
        if (y.Numel == 0) return;
        if (x.Numel > 0) _sum.Run(x, y, scale, accumulate);
        else if (!accumulate) Fill(y, 0);
    }

    public void CopyLogical(Tensor x, Tensor y)
    {
        if (x.DType != y.DType || x.DType.SizeInBytes() is not (2 or 4))
            throw new ArgumentException($"cannot copy {x.DType.ShortName()}{x.Shape} to {y.DType.ShortName()}{y.Shape}: reshaping takes f32, bf16 or i32 on both sides");
        int size = x.DType.SizeInBytes();
        bool fromRowMajor = StorageOrder.IsRowMajor(x.Shape), toRowMajor = StorageOrder.IsRowMajor(y.Shape);
        if (x.Shape == y.Shape || (fromRowMajor && toRowMajor)) device.Copy(x, y);
        else if (toRowMajor) ToLogical(size, x.Address, y.Address, x.Shape);
        else if (fromRowMajor) FromLogical(size, x.Address, y.Address, y.Shape);
        else
        {
            var logical = device.Scratch(x.SizeInBytes);
            ToLogical(size, x.Address, logical.Address, x.Shape);
            FromLogical(size, logical.Address, y.Address, y.Shape);
            logical.Release();
        }
    }

    public void ResizeChannels(Tensor x, Tensor y, bool accumulate) => _layout.ResizeChannels(
        Stream, CudaTypes.Activations(x, y), x.Address, x.Shape[1], y.Address, y.Shape[1], (long)y.Shape[0] * y.Shape[2] * y.Shape[3], accumulate);

    public bool HasNonFinite(Tensor x) => x.Numel > 0 && _sum.HasNonFinite(x);

    /// <summary>[N, H, W, C] as stored to [N, C, H, W].</summary>
    private void ToLogical(int size, nint stored, nint logical, Shape shape) =>
        _layout.Transpose(Stream, size, stored, logical, shape[0], (long)shape[2] * shape[3], shape[1]);

    /// <summary>[N, C, H, W] to [N, H, W, C] as stored.</summary>
    private void FromLogical(int size, nint logical, nint stored, Shape shape) =>
        _layout.Transpose(Stream, size, logical, stored, shape[0], shape[1], (long)shape[2] * shape[3]);

    private UnaryFunction Function(UnaryOp op) => op switch
    {
        UnaryOp.Exp => _elementwise.Exp,
        UnaryOp.Log => _elementwise.Log,
        UnaryOp.Sqrt => _elementwise.Sqrt,
        UnaryOp.Relu => _elementwise.Relu,
        UnaryOp.Negate => _elementwise.Negate,
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, "unknown op"),
    };

    private static RowOperand Operand(Tensor t, long[] strides) => new(t.Address, strides.Length == 1 ? 0 : strides[0], (int)strides[^1]);
}
