using WrnEngine.Devices;
using WrnEngine.Tensors;

namespace WrnEngine.Ops;

/// <summary>
/// The output of a batch norm that nobody has written yet: relu(x * scale + shift). A convolution reads x instead and applies the rest on the
/// fly, forwards and, for its weight's gradient, backwards; any other op asks for the address and gets the elements. That is the whole plan of
/// fusion: what is read by convolutions only never exists.
/// <para>In the backward pass the last of those convolutions masks the gradient and takes its two sums while it writes it
/// (<see cref="ReduceIn"/>), and the batch norm finds them here.</para>
/// </summary>
internal sealed class DeferredNorm : DeferredContent
{
    private readonly Tensor _x, _scale, _shift;
    private readonly Tensor? _mean;
    private readonly bool _relu;
    private Tensor? _output;
    private int _readers;

    private DeferredNorm(Tensor x, Tensor? mean, bool relu)
    {
        (_x, _mean, _relu) = (x.Pin(), mean?.Pin(), relu);
        (_scale, _shift) = (Tensor.Empty([x.Shape[1]], x.Device).OutOfScope(), Tensor.Empty([x.Shape[1]], x.Device).OutOfScope());
    }

    /// <summary>Sum of the masked gradient per channel, once a convolution has taken it; the batch norm's node owns it.</summary>
    public Tensor? SumGrad { get; private set; }

    /// <summary>Sum of the masked gradient times x - mean, together with <see cref="SumGrad"/>.</summary>
    public Tensor? SumGradDeviation { get; private set; }

    /// <summary>relu(batchNorm(x)) by the batch's statistics.</summary>
    public static Tensor Training(Tensor x, Tensor mean, Tensor invStd, Tensor weight, Tensor bias, bool relu)
    {
        var norm = new DeferredNorm(x, mean, relu);
        x.Device.Norm.BatchNormAffine(mean, invStd, weight, bias, norm._scale, norm._shift);
        return norm.Output();
    }

    /// <summary>relu(batchNorm(x)) by fixed statistics.</summary>
    public static Tensor Inference(Tensor x, Tensor runningMean, Tensor runningVar, Tensor weight, Tensor bias, float eps, bool relu)
    {
        var norm = new DeferredNorm(x, mean: null, relu);
        x.Device.Norm.BatchNormInferenceAffine(runningMean, runningVar, weight, bias, eps, norm._scale, norm._shift);
        return norm.Output();
    }

    /// <summary>What a convolution of <paramref name="x"/> reads, and how: x itself, or the batch norm's input with a prologue.</summary>
    public static (Tensor Source, ConvPrologue Prologue) SourceOf(Tensor x) => Of(x) is { } norm
        ? (norm._x, new ConvPrologue(norm._scale, norm._shift, norm._relu)) : (x, default);

    /// <summary>The batch norm behind a tensor that has not been written; else null.</summary>
    public static DeferredNorm? Of(Tensor x) => x.Buffer.Deferred as DeferredNorm;

    /// <summary>Counts a recorded op that will pass a gradient to this output.</summary>
    public void AddReader() => _readers++;

    /// <summary>
    /// What the backward pass of one of the readers does to the gradient it writes: nothing, but for the last one, which masks and reduces it.
    /// </summary>
    /// <param name="input">The tensor that gets the gradient.</param>
    public ConvBackwardEpilogue ReduceIn(Tensor input)
    {
        bool isLast = --_readers == 0;
        // A gradient that the user wants to see is not masked.
        if (!isLast || _mean is null || input != _output || input.RetainsGrad || input.Producer is not { } node) return default;
        SumGrad = node.Keep(Tensor.Empty(_mean.Shape, _mean.Device));
        SumGradDeviation = node.Keep(Tensor.Empty(_mean.Shape, _mean.Device));
        return new ConvBackwardEpilogue(_x, _mean, _scale, _shift, _relu, SumGrad, SumGradDeviation);
    }

    public override void Write(DeviceBuffer target)
    {
        target.AddReference();
        var y = new Tensor(_x.Shape, _x.DType, _x.Device, target);
        _x.Device.Norm.ScaleShift(_x, _scale, _shift, _relu, y);
        y.Release();
    }

    public override void Release()
    {
        foreach (var t in (Tensor?[])[_x, _mean, _scale, _shift]) t?.Release();
    }

    private Tensor Output() => _output = Tensor.Deferred(_x.Shape, _x.DType, _x.Device, this);
}
