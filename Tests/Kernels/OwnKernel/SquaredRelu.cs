using System.Runtime.InteropServices;
using WrnEngine.Autograd;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Kernels.OwnKernel;

/// <summary>y = max(x, 0)^2 as an op, by the kernels of squared_relu.cu.</summary>
public sealed class SquaredRelu
{
    private const uint Threads = 256;

    private readonly CudaDevice _device;
    private readonly Kernel<ForwardArgs> _forward;
    private readonly Kernel<BackwardArgs> _backward;

    /// <param name="device">cuda:N or ptxsim.</param>
    /// <param name="ptx">squared_relu.ptx.</param>
    public SquaredRelu(CudaDevice device, string ptx)
    {
        _device = device;
        device.AddKernels("squared_relu", ptx);
        _forward = new(device.Context.Library, "squared_relu", "squared_relu_forward_f32");
        _backward = new(device.Context.Library, "squared_relu", "squared_relu_backward_f32");
    }

    /// <summary>A new tensor of x's shape.</summary>
    public Tensor Apply(Tensor x)
    {
        if (x.Device != _device || x.DType != DType.Float32) throw new ArgumentException("squared_relu: x must be float32, on the device of the kernels");
        uint blocks = (uint)((x.Numel + Threads - 1) / Threads);

        Tensor y = Tensor.Empty(x.Shape, x.Device);
        _device.Launch(_forward, blocks, Threads, new ForwardArgs(x.DevicePointer, y.DevicePointer, x.Numel));

        if (GradTape.Records(x))
            GradTape.Record("squared_relu", y, [x], [x], node =>
            {
                Tensor savedX = node.Saved(0), gradX = node.GradInput(0, out bool accumulate);
                _device.Launch(_backward, blocks, Threads, new BackwardArgs(
                    savedX.DevicePointer, node.GradOutput.DevicePointer, gradX.DevicePointer, savedX.Numel, accumulate ? 1 : 0));
            });
        return y;
    }

    // The twins of the structs in squared_relu.cu: the same fields in the same order.
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct ForwardArgs(nint X, nint Y, long N);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct BackwardArgs(nint X, nint GradY, nint GradX, long N, int Accumulate);
}
