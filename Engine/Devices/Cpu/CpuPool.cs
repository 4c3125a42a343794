using WrnEngine.Devices.Cpu.Pool;
using WrnEngine.Devices.Cpu.Simd;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu;

/// <summary>
/// Pooling over channels-last arrays, vectorised over the channels. The backward passes gather: every input pixel collects from the
/// windows that cover it, so pixels are independent and nothing has to be zeroed first.
/// </summary>
internal sealed unsafe class CpuPool(CpuDevice device) : IPoolOps
{
    public void MaxPool2d(in Pool2dShape shape, Tensor x, Tensor y, Tensor index) =>
        ForPixels(shape, (long)shape.N * shape.OutH * shape.OutW, shape.KernelH * shape.KernelW,
            new MaxPoolKernel(shape, Float(x), Float(y), Float(index)));

    public void MaxPool2dBackward(in Pool2dShape shape, Tensor index, Tensor gradY, Tensor gradX, bool accumulate) =>
        ForPixels(shape, (long)shape.N * shape.H * shape.W, WindowsPerPixel(shape),
            new MaxPoolBackwardKernel(shape, Float(index), Float(gradY), Float(gradX), accumulate));

    public void AveragePool2d(in Pool2dShape shape, Tensor x, Tensor y) =>
        ForPixels(shape, (long)shape.N * shape.OutH * shape.OutW, shape.KernelH * shape.KernelW, new AveragePoolKernel(shape, Float(x), Float(y)));

    public void AveragePool2dBackward(in Pool2dShape shape, Tensor gradY, Tensor gradX, bool accumulate) =>
        ForPixels(shape, (long)shape.N * shape.H * shape.W, WindowsPerPixel(shape),
            new AveragePoolBackwardKernel(shape, Float(gradY), Float(gradX), accumulate));

    private static int WindowsPerPixel(in Pool2dShape s) =>
        ((s.KernelH + s.StrideH - 1) / s.StrideH) * ((s.KernelW + s.StrideW - 1) / s.StrideW);

    /// <summary>Runs a kernel over pixels, in parts of about a block of element reads.</summary>
    private void ForPixels<TKernel>(in Pool2dShape shape, long pixels, long readsPerElement, TKernel kernel) where TKernel : struct, IRangeKernel =>
        VectorLoops.For(device.Team, pixels, Math.Max(1, VectorLoops.BlockSize / Math.Max(1, readsPerElement * shape.Channels)), kernel);

    private static float* Float(Tensor t) => (float*)t.Address;
}
