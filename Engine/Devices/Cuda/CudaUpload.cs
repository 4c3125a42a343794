using WrnEngine.Kernels.Driver;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

/// <summary>
/// Copies by way of pinned memory, which the device reads when the copy's turn has come: nobody waits. The pinned memory has room for several copies, in two
/// halves; before the host writes in a half again, it makes sure that the copies from there are done, which they are long since.
/// </summary>
internal sealed unsafe class CudaUpload : Upload
{
    private const long SmallBytes = 64 << 10;
    private const int SmallSlots = 64, LargeSlots = 2;

    private readonly CudaDevice _device;
    private readonly byte* _pinned;
    private readonly int _slots;
    private readonly CuEvent[] _halfDone = new CuEvent[2];
    private int _next;
    private bool _disposed;

    /// <summary>Takes the pinned memory.</summary>
    public CudaUpload(CudaDevice device, Tensor target) : base(target)
    {
        _device = device;
        _slots = target.SizeInBytes <= SmallBytes ? SmallSlots : LargeSlots;
        var api = device.Context.Api;
        device.Context.MakeCurrent();
        void* pinned;
        api.Check(api.MemHostAlloc(&pinned, (nuint)Math.Max(1, _slots * target.SizeInBytes), CudaHostAllocFlags.None), "cuMemHostAlloc");
        _pinned = (byte*)pinned;
        try
        {
            for (int half = 0; half < _halfDone.Length; half++)
            {
                CuEvent created;
                api.Check(api.EventCreate(&created, CudaEventFlags.DisableTiming), "cuEventCreate");
                _halfDone[half] = created;
            }
        }
        catch
        {
            Release();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void SendCore(ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (bytes.Length > Target.SizeInBytes) throw new ArgumentException($"{bytes.Length} bytes do not fit a tensor of {Target.SizeInBytes}", nameof(bytes));
        if (bytes.Length == 0) return;
        if (_device.IsRecording) throw new InvalidOperationException("a step that is recorded to be replayed sends its inputs: send them before it");
        var (api, stream) = (_device.Context.Api, _device.Context.Stream);
        byte* slot = _pinned + _next * Target.SizeInBytes;
        bytes.CopyTo(new Span<byte>(slot, bytes.Length));
        api.Check(api.MemcpyHtoDAsync((ulong)Target.Address, slot, (nuint)bytes.Length, stream), "cuMemcpyHtoDAsync");
        _next++;
        int perHalf = _slots / 2;
        if (_next % perHalf != 0) return;
        int filled = _next / perHalf - 1;
        api.Check(api.EventRecord(_halfDone[filled], stream), "cuEventRecord");
        _next %= _slots;
        // An event that was never recorded is done.
        api.Check(api.EventSynchronize(_halfDone[1 - filled]), "cuEventSynchronize");
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            Release();
        }

        base.Dispose(disposing);
    }

    // A context that a kernel has broken refuses every call; that was reported when it happened, and takes all of this with it.
    private void Release()
    {
        var api = _device.Context.Api;
        _device.Context.MakeCurrent();
        _ = api.StreamSynchronize(_device.Context.Stream); // copies that are still to come read the memory
        _ = api.MemFreeHost(_pinned);
        foreach (var created in _halfDone)
            if (created != default) _ = api.EventDestroy(created);
    }
}
