using WrnEngine.Kernels.Driver;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

/// <summary>
/// Copies of a few kilobytes, in the stream that everything is in, by way of pinned memory: the device reads it when the copy's turn has come, and nobody
/// waits. There is room for several copies, in two halves; before the host writes into a half again, it makes sure that the copies from there are done,
/// which they are long since.
/// </summary>
internal sealed unsafe class CudaUpload : Upload
{
    /// <summary>The largest tensor that this is for; beyond it a copy takes time, see <see cref="CudaOverlappedUpload"/>.</summary>
    public const long MaxBytes = 64 << 10;

    private const int Slots = 64, SlotsOfHalf = Slots / 2;

    private readonly CudaDevice _device;
    private readonly PinnedBuffer _pinned;
    private readonly CudaEvent[] _halfDone = new CudaEvent[2];
    private int _next;
    private bool _disposed;

    /// <summary>Takes the pinned memory.</summary>
    public CudaUpload(CudaDevice device, Tensor target) : base(target)
    {
        _device = device;
        _pinned = new PinnedBuffer(device.Context, (int)Math.Max(1, Slots * target.SizeInBytes));
        try
        {
            for (int half = 0; half < _halfDone.Length; half++) _halfDone[half] = new CudaEvent(device.Context);
        }
        catch
        {
            Release(new ReleaseErrors(device.Context.Api)); // what went wrong first is what counts
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void SendCore(ReadOnlySpan<byte> bytes)
    {
        _device.RefuseWhileRecording("copied from");
        var (api, stream) = (_device.Context.Api, _device.Context.Stream);
        var slot = _pinned.Bytes.Slice((int)(_next * Target.SizeInBytes), bytes.Length);
        bytes.CopyTo(slot);
        fixed (byte* source = slot) api.Check(api.MemcpyHtoDAsync((ulong)Target.Address, source, (nuint)bytes.Length, stream), "cuMemcpyHtoDAsync");
        _next++;
        if (_next % SlotsOfHalf != 0) return;
        int filled = _next / SlotsOfHalf - 1;
        _halfDone[filled].Record(stream);
        _halfDone[1 - filled].Synchronize();
        _next %= Slots;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            var errors = new ReleaseErrors(_device.Context.Api);
            Release(errors);
            errors.Throw();
        }

        base.Dispose(disposing);
    }

    private void Release(ReleaseErrors errors)
    {
        if (!_device.Context.IsDisposed) errors.Run(_device.Context.Synchronize); // copies that are still to come read the memory
        errors.Run(_pinned.Dispose);
        foreach (var done in _halfDone) errors.Run(() => done?.Dispose());
    }
}
