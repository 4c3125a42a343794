using WrnEngine.Devices;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Training;

/// <summary>Another device that says of itself that it runs ahead of its host and has memory of its own, as a GPU does; its results are the same.</summary>
internal sealed class RunsAheadDevice(Device inner, long residentBytes) : Device
{
    /// <summary>Bytes copied from the host so far.</summary>
    public long BytesReceived { get; private set; }

    public override string Name => inner.Name;

    public override string Description => inner.Description;

    public override bool FusesConvolutions => inner.FusesConvolutions;

    public override bool RunsAhead => true;

    public override long ResidentBytes => residentBytes;

    public override DeviceMemory Memory => inner.Memory;

    public override IElementwiseOps Elementwise => inner.Elementwise;

    public override IMatMulOps MatMul => inner.MatMul;

    public override IConvOps Conv => inner.Conv;

    public override INormOps Norm => inner.Norm;

    public override IPoolOps Pool => inner.Pool;

    public override ILossOps Loss => inner.Loss;

    public override IOptimizerOps Optimizer => inner.Optimizer;

    public override IDataOps Data => inner.Data;

    public override void FillBytes(Tensor target, byte value) => inner.FillBytes(target, value);

    public override void CopyFromHost(ReadOnlySpan<byte> source, Tensor target)
    {
        BytesReceived += source.Length;
        inner.CopyFromHost(source, target);
    }

    public override void CopyToHost(Tensor source, Span<byte> target) => inner.CopyToHost(source, target);

    public override void Copy(Tensor source, Tensor target) => inner.Copy(source, target);

    public override void Synchronize() => inner.Synchronize();

#pragma warning disable IDISP010 // the base's is abstract
    protected override void Dispose(bool disposing)
    {
        // The inner device is the caller's.
    }
#pragma warning restore IDISP010
}
