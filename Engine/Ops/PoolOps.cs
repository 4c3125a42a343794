using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Tensors;

namespace WrnEngine.Ops;

/// <summary>Pooling over windows of an image.</summary>
public static class PoolOps
{
    /// <summary>The maximum of each window of x [N, C, H, W]; the stride is the window when left out.</summary>
    /// <exception cref="ShapeException">The window does not fit, or padding exceeds half of it.</exception>
    public static Tensor MaxPool2d(this Tensor x, int kernelSize, int? stride = null, int padding = 0)
    {
        var shape = ShapeOf("max_pool2d", x, kernelSize, kernelSize, stride ?? kernelSize, padding);
        var y = Tensor.Empty([shape.N, shape.Channels, shape.OutH, shape.OutW], x.Device, x.DType);
        var index = Tensor.Empty(y.Shape, x.Device, DType.Int32);
        x.Device.Pool.MaxPool2d(shape, x, y, index);
        if (GradTape.Records(x))
            GradTape.Record("max_pool2d", y, [x], [index], n =>
                n.GradOutput.Device.Pool.MaxPool2dBackward(shape, n.Saved(0), n.GradOutput, n.GradInput(0, out bool add), add));
        index.Release();
        return y;
    }

    /// <summary>The mean of each window of x [N, C, H, W], padding counted as zeros; the stride is the window when left out.</summary>
    /// <exception cref="ShapeException">The window does not fit, or padding exceeds half of it.</exception>
    public static Tensor AveragePool2d(this Tensor x, int kernelSize, int? stride = null, int padding = 0) =>
        Average("average_pool2d", x, ShapeOf("average_pool2d", x, kernelSize, kernelSize, stride ?? kernelSize, padding));

    /// <summary>The mean over each whole image: [N, C, H, W] becomes [N, C].</summary>
    public static Tensor GlobalAveragePool2d(this Tensor x)
    {
        Check.Rank("global_average_pool2d", x, 4, "[N, C, H, W]");
        var shape = new Pool2dShape(x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3], x.Shape[2], x.Shape[3], 1, 1, 0, 0);
        var y = Average("global_average_pool2d", x, shape);
        var result = y.Reshape(new Shape(x.Shape[0], x.Shape[1]));
        y.Release();
        return result;
    }

    private static Tensor Average(string op, Tensor x, Pool2dShape shape)
    {
        var y = Tensor.Empty([shape.N, shape.Channels, shape.OutH, shape.OutW], x.Device, x.DType);
        x.Device.Pool.AveragePool2d(shape, x, y);
        if (GradTape.Records(x))
            GradTape.Record(op, y, [x], [], n =>
                n.GradOutput.Device.Pool.AveragePool2dBackward(shape, n.GradOutput, n.GradInput(0, out bool add), add));
        return y;
    }

    private static Pool2dShape ShapeOf(string op, Tensor x, int kernelH, int kernelW, int stride, int padding)
    {
        Check.Rank(op, x, 4, "[N, C, H, W]");
        if (kernelH < 1 || stride < 1) throw new ShapeException($"{op}: kernel size {kernelH} and stride {stride} must be at least 1");
        if (padding < 0 || padding > kernelH / 2) throw new ShapeException($"{op}: padding {padding} must be between 0 and half the kernel size {kernelH}");
        if (x.Shape[2] + 2 * padding < kernelH || x.Shape[3] + 2 * padding < kernelW)
            throw new ShapeException($"{op}: a window of {kernelH} is larger than x {x.Shape} with padding {padding}");
        return new Pool2dShape(x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3], kernelH, kernelW, stride, stride, padding, padding);
    }
}
