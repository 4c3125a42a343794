using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Nn;
using WrnEngine.Tensors;
using Module = WrnEngine.Nn.Module;

namespace WrnEngine.Models.Onnx;

/// <summary>
/// A device that writes down what a model computes on it, as an ONNX file: build the model here, load its weights, and <see cref="Export"/> it. The model runs
/// once on the device underneath, and each call of an op family becomes a node, so any module whose ops ONNX has can be exported, not only the
/// networks of this project. Source: the format's definition, <c>onnx.proto3</c>, and its operator set 17.
/// </summary>
public sealed class OnnxTracer : WrappedDevice
{
    /// <summary>How many images the model sees while it is traced: more than one, so that a batch axis can be told from an axis of size 1.</summary>
    private const int TracedBatch = 2;

    private OnnxTrace? _trace;

    /// <summary>Traces what is computed on <paramref name="inner"/>, which stays the caller's.</summary>
    public OnnxTracer(Device inner)
        : base(inner)
    {
    }

    /// <summary>Never: an op that is fused with another has no node.</summary>
    public override bool FusesConvolutions => false;

    /// <summary>float32, in which a file is written.</summary>
    public override DType ActivationType => DType.Float32;

    /// <inheritdoc/>
    public override bool Computes(DType dtype) => dtype == DType.Float32;

    /// <summary>Writes a model, in evaluation mode, as one ONNX file: input <c>images</c>, output <c>logits</c>, a batch of any size.</summary>
    /// <param name="model">Built on this device.</param>
    /// <param name="imageShape">Shape of one input, without the batch: [3, H, W].</param>
    /// <param name="name">Name of the graph.</param>
    /// <param name="metadata">Keys and values to go along, such as the normalisation of the input.</param>
    /// <param name="target">Where the file goes.</param>
    /// <exception cref="NotSupportedException">The model uses an op that has no ONNX node here, or is too large for one file.</exception>
    public void Export(Module model, Shape imageShape, string name, IEnumerable<KeyValuePair<string, string>> metadata, Stream target)
    {
        ArgumentNullException.ThrowIfNull(model);
        bool wasTraining = model.IsTraining;
        model.Eval();
        using var scope = new StepScope();
        using var noGrad = new NoGrad();
        var x = Tensor.Zeros(new Shape([TracedBatch, .. imageShape.Dims]), this);
        _trace = new OnnxTrace(x, model.NamedParameters().Concat(model.NamedBuffers()));
        try
        {
            var y = model.Forward(x);
            _trace.ToModel(name, y, metadata).CopyTo(target);
        }
        finally
        {
            _trace = null;
            model.Train(wasTraining);
        }
    }

    /// <inheritdoc/>
    public override void Copy(Tensor source, Tensor target)
    {
        base.Copy(source, target);
        _trace?.Copied(source, target);
    }

    /// <inheritdoc/>
    protected override void Call(string op, object?[] arguments, Action compute)
    {
        ArgumentNullException.ThrowIfNull(compute);
        _trace?.Record(op, arguments); // before it runs: a result may take the place of an operand
        compute();
    }
}
