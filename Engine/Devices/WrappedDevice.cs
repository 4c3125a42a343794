using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>
/// A device in front of another one, by whose memory and kernels it computes: each call of an op family passes <see cref="Call"/>, which can look at it,
/// time it or write it down. Nothing is recorded for replay, or later calls would not be seen. The device underneath stays the caller's.
/// </summary>
public abstract class WrappedDevice : Device
{
    private readonly Device _inner;

    /// <summary>Stands in front of <paramref name="inner"/>.</summary>
    protected WrappedDevice(Device inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
        Elementwise = WrappedFamily<IElementwiseOps>.Around(inner.Elementwise, this);
        MatMul = WrappedFamily<IMatMulOps>.Around(inner.MatMul, this);
        Conv = WrappedFamily<IConvOps>.Around(inner.Conv, this);
        Norm = WrappedFamily<INormOps>.Around(inner.Norm, this);
        Pool = WrappedFamily<IPoolOps>.Around(inner.Pool, this);
        Loss = WrappedFamily<ILossOps>.Around(inner.Loss, this);
        Data = WrappedFamily<IDataOps>.Around(inner.Data, this);
    }

    /// <inheritdoc/>
    public override string Name => _inner.Name;

    /// <inheritdoc/>
    public override string Description => _inner.Description;

    /// <inheritdoc/>
    public override bool FusesConvolutions => _inner.FusesConvolutions;

    /// <inheritdoc/>
    public override bool RunsAhead => _inner.RunsAhead;

    /// <inheritdoc/>
    public override bool Computes(DType dtype) => _inner.Computes(dtype);

    /// <inheritdoc/>
    public override DType ActivationType => _inner.ActivationType;

    /// <inheritdoc/>
    public override long ResidentBytes => _inner.ResidentBytes;

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

    /// <summary>Parameter updates: those of the device underneath, which pass no <see cref="Call"/>, since their spans cannot be boxed.</summary>
    public override IOptimizerOps Optimizer => _inner.Optimizer;

    /// <inheritdoc/>
    public override IDataOps Data { get; }

    /// <inheritdoc/>
    public override void FillBytes(Tensor target, byte value) => _inner.FillBytes(target, value);

    /// <inheritdoc/>
    public override void CopyFromHost(ReadOnlySpan<byte> source, Tensor target) => _inner.CopyFromHost(source, target);

    /// <inheritdoc/>
    public override void CopyToHost(Tensor source, Span<byte> target) => _inner.CopyToHost(source, target);

    /// <inheritdoc/>
    public override void Copy(Tensor source, Tensor target) => _inner.Copy(source, target);

    /// <inheritdoc/>
    public override void Synchronize() => _inner.Synchronize();

    /// <summary>One call of an op family.</summary>
    /// <param name="op">Name of the method.</param>
    /// <param name="arguments">Its arguments, in order.</param>
    /// <param name="compute">Makes the call on the device underneath; to be run once.</param>
    protected internal abstract void Call(string op, object?[] arguments, Action compute);

#pragma warning disable IDISP010 // the base's is abstract
    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // The device belongs to the caller.
    }
#pragma warning restore IDISP010
}
