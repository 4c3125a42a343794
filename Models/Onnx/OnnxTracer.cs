using System.Reflection;
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
public sealed class OnnxTracer : Device
{
    /// <summary>How many images the model sees while it is traced: more than one, so that a batch axis can be told from an axis of size 1.</summary>
    private const int TracedBatch = 2;

    private readonly Device _inner;
    private OnnxTrace? _trace;

    /// <summary>Traces what is computed on <paramref name="inner"/>, which stays the caller's.</summary>
    public OnnxTracer(Device inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
        Elementwise = Traced<IElementwiseOps>.Around(inner.Elementwise, this);
        MatMul = Traced<IMatMulOps>.Around(inner.MatMul, this);
        Conv = Traced<IConvOps>.Around(inner.Conv, this);
        Norm = Traced<INormOps>.Around(inner.Norm, this);
        Pool = Traced<IPoolOps>.Around(inner.Pool, this);
        Loss = Traced<ILossOps>.Around(inner.Loss, this);
        Data = Traced<IDataOps>.Around(inner.Data, this);
    }

    /// <inheritdoc/>
    public override string Name => _inner.Name;

    /// <inheritdoc/>
    public override string Description => _inner.Description;

    /// <inheritdoc/>
    public override DeviceMemory Memory => _inner.Memory;

    /// <inheritdoc/>
    public override IElementwiseOps Elementwise { get; }

    /// <inheritdoc/>
    public override IMatMulOps MatMul { get; }

    /// <inheritdoc/>
    public override IConvOps Conv { get; }

    /// <inheritdoc/>
    public override INormOps Norm { get; }

    /// <inheritdoc/>
    public override IPoolOps Pool { get; }

    /// <inheritdoc/>
    public override ILossOps Loss { get; }

    /// <inheritdoc/>
    public override IOptimizerOps Optimizer => _inner.Optimizer;

    /// <inheritdoc/>
    public override IDataOps Data { get; }

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
    public override void FillBytes(Tensor target, byte value) => _inner.FillBytes(target, value);

    /// <inheritdoc/>
    public override void CopyFromHost(ReadOnlySpan<byte> source, Tensor target) => _inner.CopyFromHost(source, target);

    /// <inheritdoc/>
    public override void CopyToHost(Tensor source, Span<byte> target) => _inner.CopyToHost(source, target);

    /// <inheritdoc/>
    public override void Copy(Tensor source, Tensor target)
    {
        _inner.Copy(source, target);
        _trace?.Copied(source, target);
    }

    /// <inheritdoc/>
    public override void Synchronize() => _inner.Synchronize();

    /// <inheritdoc/>
#pragma warning disable IDISP010 // the base's is abstract
    protected override void Dispose(bool disposing)
    {
        // The device belongs to the caller.
    }
#pragma warning restore IDISP010

    /// <summary>Stands before an op family: computes, and lets the trace see the call.</summary>
#pragma warning disable CA1852 // proxies are made as classes derived from it
    internal class Traced<TFamily> : DispatchProxy where TFamily : class
#pragma warning restore CA1852
    {
        private OnnxTracer? _device;
        private TFamily? _family;

        public static TFamily Around(TFamily family, OnnxTracer device)
        {
            var proxy = Create<TFamily, Traced<TFamily>>();
            ((Traced<TFamily>)(object)proxy)._family = family;
            ((Traced<TFamily>)(object)proxy)._device = device;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            // Before it runs: a result may take the place of an operand.
            _device!._trace?.Record(targetMethod!.Name, args!);
            return targetMethod!.Invoke(_family, BindingFlags.DoNotWrapExceptions, null, args, null);
        }
    }
}
