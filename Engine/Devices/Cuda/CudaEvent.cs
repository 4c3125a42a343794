using WrnEngine.Kernels.Driver;

namespace WrnEngine.Devices.Cuda;

/// <summary>A place in a stream that the host or another stream can wait for. One that was never recorded is not waited for.</summary>
internal sealed unsafe class CudaEvent : IDisposable
{
    private readonly CudaContext _context;
    private CuEvent _event;

    /// <summary>Creates it, without a clock.</summary>
    public CudaEvent(CudaContext context)
    {
        _context = context;
        context.MakeCurrent();
        CuEvent created;
        context.Api.Check(context.Api.EventCreate(&created, CudaEventFlags.DisableTiming), "cuEventCreate");
        _event = created;
    }

    /// <summary>Moves it behind everything that is in a stream now.</summary>
    public void Record(CuStream stream) => _context.Api.Check(_context.Api.EventRecord(_event, stream), "cuEventRecord");

    /// <summary>What is put into a stream from here on runs after it.</summary>
    public void HoldBack(CuStream stream) => _context.Api.Check(_context.Api.StreamWaitEvent(stream, _event, 0), "cuStreamWaitEvent");

    /// <summary>The host waits for it.</summary>
    public void Synchronize() => _context.Api.Check(_context.Api.EventSynchronize(_event), "cuEventSynchronize");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_event == default) return;
        var destroyed = _event;
        _event = default;
        if (!_context.IsDisposed) Destroy(destroyed); // else it went with the context
    }

    private void Destroy(CuEvent destroyed)
    {
        var errors = new ReleaseErrors(_context.Api);
        errors.Run(_context.MakeCurrent);
        errors.Note(_context.Api.EventDestroy(destroyed), "cuEventDestroy");
        errors.Throw();
    }
}
