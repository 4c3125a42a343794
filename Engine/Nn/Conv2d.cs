using WrnEngine.Ops;
using WrnEngine.Tensors;

namespace WrnEngine.Nn;

/// <summary>
/// A convolution without bias. Its weight [outC, inC, kH, kW] carries the module's own name, as in the authors' checkpoints, unless another is asked for. Square
/// kernels and equal strides, as every Wide ResNet has them; <see cref="Ops.ConvOps"/> takes any.
/// </summary>
public sealed class Conv2d : Module
{
    private readonly int _stride, _padding;

    /// <summary>Initialises the weight by He's rule on the fan-in.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernelSize">Rows and columns of the kernel.</param>
    /// <param name="stride">Step of the window.</param>
    /// <param name="padding">Zeros around the input; half the kernel when left out, which keeps the size at stride 1.</param>
    /// <param name="init">Source of the weight.</param>
    /// <param name="weightName">What the weight adds to the module's name; nothing, or <c>weight</c> as in torchvision.</param>
    public Conv2d(int inChannels, int outChannels, int kernelSize, Initializer init, int stride = 1, int? padding = null, string weightName = "")
    {
        ArgumentNullException.ThrowIfNull(init);
        _stride = stride;
        _padding = padding ?? kernelSize / 2;
        Weight = RegisterParameter(weightName, init.KaimingNormal([outChannels, inChannels, kernelSize, kernelSize]));
    }

    /// <summary>[outC, inC, kH, kW].</summary>
    public Tensor Weight { get; }

    /// <summary>Step of the window.</summary>
    public int Stride => _stride;

    /// <summary>Zeros around the input.</summary>
    public int Padding => _padding;

    /// <summary>
    /// Whether a batch norm reads the output next: then, in training, its statistics are taken while the output is written, on devices that can.
    /// </summary>
    public bool FeedsNorm { get; init; }

    /// <summary>conv(x) + residual, in one pass where the device can; null adds nothing.</summary>
    public Tensor ForwardAdd(Tensor x, Tensor? residual)
    {
        if (!IsObserved) return x.Conv2dAdd(Weight, _stride, _padding, residual, FeedsNorm && IsTraining);
        var y = Forward(x);
        if (residual is null) return y;
        var sum = y + residual;
        y.Release();
        return sum;
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor x) => x.Conv2dAdd(Weight, _stride, _padding, residual: null, FeedsNorm && IsTraining);
}
