using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>
/// A device whose tensors have shapes but no memory, as PyTorch's <c>meta</c>: counting the parameters of a network of any size costs
/// nothing. It computes nothing.
/// </summary>
public sealed class MetaDevice : Device
{
    private readonly NoMemory _memory = new();

    /// <inheritdoc/>
    public override string Name => "meta";

    /// <inheritdoc/>
    public override string Description => "shapes without data";

    /// <inheritdoc/>
    public override bool HoldsData => false;

    /// <inheritdoc/>
    public override bool Computes(DType dtype) => dtype is DType.Float32 or DType.BFloat16;

    /// <inheritdoc/>
    public override DeviceMemory Memory => _memory;

    /// <inheritdoc/>
    public override IElementwiseOps Elementwise => throw NoData();

    /// <inheritdoc/>
    public override IMatMulOps MatMul => throw NoData();

    /// <inheritdoc/>
    public override IConvOps Conv => throw NoData();

    /// <inheritdoc/>
    public override INormOps Norm => throw NoData();

    /// <inheritdoc/>
    public override IPoolOps Pool => throw NoData();

    /// <inheritdoc/>
    public override ILossOps Loss => throw NoData();

    /// <inheritdoc/>
    public override IOptimizerOps Optimizer => throw NoData();

    /// <inheritdoc/>
    public override IDataOps Data => throw NoData();

    /// <inheritdoc/>
    public override void FillBytes(Tensor target, byte value) => throw NoData();

    /// <inheritdoc/>
    public override void CopyFromHost(ReadOnlySpan<byte> source, Tensor target) => throw NoData();

    /// <inheritdoc/>
    public override void CopyToHost(Tensor source, Span<byte> target) => throw NoData();

    /// <inheritdoc/>
    public override void Copy(Tensor source, Tensor target) => throw NoData();

    /// <inheritdoc/>
    public override void Synchronize()
    {
        // Nothing is ever enqueued.
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _memory.Dispose();
    }

    private static InvalidOperationException NoData() => new("tensors on the meta device have shapes but no data; build the model on the cpu device to compute");

    private sealed class NoMemory : DeviceMemory
    {
        public override long ReservedBytes => 0;

        public override long SystemAllocations => 0;

        protected override (nint Address, object? Block) AllocateCore(long sizeInBytes) => (0, null);

        protected override void FreeCore(DeviceBuffer buffer)
        {
            // There was none.
        }

        protected override void Dispose(bool disposing)
        {
            // There is none.
        }
    }
}
