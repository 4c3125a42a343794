using WrnEngine.Devices.Cpu.Elementwise;
using WrnEngine.Devices.Cpu.Simd;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu;

/// <summary>Elementwise ops, broadcasting and sums. Equal shapes run over the stored order as one flat array.</summary>
internal sealed unsafe class CpuElementwise(CpuDevice device) : IElementwiseOps
{
    private ThreadTeam Team => device.Team;

    public void Fill(Tensor y, float value) => VectorLoops.ForElements(Team, y.Numel, new FillKernel(Float(y), value));

    public void Cast(Tensor x, Tensor y) => TypeCast.Run(device, x, y);

    public void Unary(UnaryOp op, Tensor x, Tensor y)
    {
        switch (op)
        {
            case UnaryOp.Exp: Map<ExpOp>(x, y); break;
            case UnaryOp.Log: Map<LogOp>(x, y); break;
            case UnaryOp.Sqrt: Map<SqrtOp>(x, y); break;
            case UnaryOp.Relu: Map<ReluOp>(x, y); break;
            case UnaryOp.Negate: Map<NegateOp>(x, y); break;
            default: throw new ArgumentOutOfRangeException(nameof(op), op, "unknown op");
        }
    }

    public void UnaryBackward(UnaryOp op, Tensor saved, Tensor gradY, Tensor gradX, bool accumulate)
    {
        switch (op)
        {
            case UnaryOp.Exp: MapBackward<ExpOp>(saved, gradY, gradX, accumulate); break;
            case UnaryOp.Log: MapBackward<LogOp>(saved, gradY, gradX, accumulate); break;
            case UnaryOp.Sqrt: MapBackward<SqrtOp>(saved, gradY, gradX, accumulate); break;
            case UnaryOp.Relu: MapBackward<ReluOp>(saved, gradY, gradX, accumulate); break;
            // The derivative of -x needs nothing saved, so nothing is asked of the saved tensor.
            case UnaryOp.Negate: MapBackward<NegateOp>(gradY, gradY, gradX, accumulate); break;
            default: throw new ArgumentOutOfRangeException(nameof(op), op, "unknown op");
        }
    }

    public void Binary(BinaryOp op, Tensor a, Tensor b, Tensor y)
    {
        switch (op)
        {
            case BinaryOp.Add: Combine<AddOp>(a, b, y); break;
            case BinaryOp.Subtract: Combine<SubtractOp>(a, b, y); break;
            case BinaryOp.Multiply: Combine<MultiplyOp>(a, b, y); break;
            case BinaryOp.Divide: Combine<DivideOp>(a, b, y); break;
            default: throw new ArgumentOutOfRangeException(nameof(op), op, "unknown op");
        }
    }

    public void AddScaled(Tensor a, Tensor x, float alpha, Tensor y) =>
        VectorLoops.ForElements(Team, y.Numel, new AddScaledKernel(Float(a), Float(x), alpha, Float(y)));

    public void ReduceSum(Tensor x, Tensor y, float scale, bool accumulate) =>
        Reduction.Sum(device, Float(x), x.Shape, Float(y), y.Shape, scale, accumulate);

    public void CopyLogical(Tensor x, Tensor y) => LogicalCopy.Run(device, x, y);

    public void ResizeChannels(Tensor x, Tensor y, bool accumulate)
    {
        int from = x.Shape[1], to = y.Shape[1];
        long pixels = (long)y.Shape[0] * y.Shape[2] * y.Shape[3];
        VectorLoops.For(Team, pixels, Math.Max(1, VectorLoops.BlockSize / Math.Max(1, to)), new ResizeChannelsKernel(Float(x), from, Float(y), to, accumulate));
    }

    public bool HasNonFinite(Tensor x)
    {
        int found = 0;
        VectorLoops.For(Team, x.Numel, VectorLoops.BlockSize, new NonFiniteKernel(Float(x), &found));
        return found != 0;
    }

    private void Map<TOp>(Tensor x, Tensor y) where TOp : struct, IUnaryOp =>
        VectorLoops.ForElements(Team, y.Numel, new UnaryKernel<TOp>(Float(x), Float(y)));

    private void MapBackward<TOp>(Tensor saved, Tensor gradY, Tensor gradX, bool accumulate) where TOp : struct, IUnaryOp
    {
        var (s, g, t) = ((nint)Float(saved), (nint)Float(gradY), (nint)Float(gradX));
        if (accumulate) VectorLoops.ForElements(Team, gradX.Numel, new UnaryBackwardAddKernel<TOp>((float*)s, (float*)g, (float*)t));
        else VectorLoops.ForElements(Team, gradX.Numel, new UnaryBackwardKernel<TOp>((float*)s, (float*)g, (float*)t));
    }

    private void Combine<TOp>(Tensor a, Tensor b, Tensor y) where TOp : struct, IBinaryOp
    {
        if (a.Shape == y.Shape && b.Shape == y.Shape)
            VectorLoops.ForElements(Team, y.Numel, new BinaryKernel<TOp>(Float(a), Float(b), Float(y)));
        else
            VectorLoops.For(Team, y.Numel, VectorLoops.BlockSize,
                new BroadcastKernel<TOp>(new AxisWalk(y.Shape, a.Shape, b.Shape), Float(a), Float(b), Float(y)));
    }

    private static float* Float(Tensor t) => (float*)t.Address;
}
