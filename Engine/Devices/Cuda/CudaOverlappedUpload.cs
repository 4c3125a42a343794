using WrnEngine.Kernels.Driver;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

/// <summary>
/// Copies of megabytes, such as the pixels of a batch, on a stream of their own while the step before computes: from the host to a second buffer on the
/// device, and from there to the tensor when everything before has run, which takes a hundredth of the time. Two pinned buffers take turns, so that the host
/// fills one while the device reads the other.
/// </summary>
internal sealed unsafe class CudaOverlappedUpload : Upload
{
    private readonly CudaDevice _device;
    private readonly PinnedBuffer?[] _pinned = new PinnedBuffer?[2];
    private readonly CudaEvent?[] _arrived = new CudaEvent?[2]; // what was in a pinned buffer is on the device
    private readonly CudaEvent? _taken; // what was on the device is in the tensor
    private readonly DeviceBuffer _staging;
    private readonly CuStream _copies;
    private int _next;
    private bool _disposed;

    /// <summary>Takes memory on both sides.</summary>
    public CudaOverlappedUpload(CudaDevice device, Tensor target) : base(target)
    {
        _device = device;
        var api = device.Context.Api;
        _staging = device.Memory.Allocate(target.SizeInBytes);
        try
        {
            for (int i = 0; i < _pinned.Length; i++)
                (_pinned[i], _arrived[i]) = (new PinnedBuffer(device.Context, checked((int)target.SizeInBytes)), new CudaEvent(device.Context));
            _taken = new CudaEvent(device.Context);
            CuStream copies;
            api.Check(api.StreamCreate(&copies, CudaStreamFlags.NonBlocking), "cuStreamCreate");
            _copies = copies;
            // The arena gives memory to whoever comes next in the device's stream; this other one has to wait for those that had it before.
            _taken.Record(device.Context.Stream);
        }
        catch
        {
            Release(new ReleaseErrors(api)); // what went wrong first is what counts
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void SendCore(ReadOnlySpan<byte> bytes)
    {
        _device.RefuseWhileRecording("copied from");
        var (api, stream) = (_device.Context.Api, _device.Context.Stream);
        var (pinned, arrived) = (_pinned[_next]!, _arrived[_next]!);
        _next = 1 - _next;
        arrived.Synchronize();
        bytes.CopyTo(pinned.Bytes);
        _taken!.HoldBack(_copies);
        api.Check(api.MemcpyHtoDAsync((ulong)_staging.Address, (void*)pinned.Address, (nuint)bytes.Length, _copies), "cuMemcpyHtoDAsync");
        arrived.Record(_copies);
        arrived.HoldBack(stream);
        api.Check(api.MemcpyDtoDAsync((ulong)Target.Address, (ulong)_staging.Address, (nuint)bytes.Length, stream), "cuMemcpyDtoDAsync");
        _taken.Record(stream);
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
        if (_copies != default && !_device.Context.IsDisposed)
        {
            errors.Run(_device.Context.MakeCurrent);
            errors.Note(_device.Context.Api.StreamSynchronize(_copies), "cuStreamSynchronize");
            errors.Note(_device.Context.Api.StreamDestroy(_copies), "cuStreamDestroy");
        }

        foreach (var pinned in _pinned) errors.Run(() => pinned?.Dispose());
        foreach (var arrived in _arrived) errors.Run(() => arrived?.Dispose());
        errors.Run(() => _taken?.Dispose());
        _staging.Release();
    }
}
