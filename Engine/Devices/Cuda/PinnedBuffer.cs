using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Devices.Cuda;

/// <summary>
/// Host memory that the system keeps in place. Asynchronous copies between it and a device go on while the host does something else, and a graph may hold
/// them: from ordinary memory the driver copies aside first, or waits. It is dear, and taken while nothing is being captured; keep it for as long as the copies
/// recur.
/// </summary>
/// <example><code>
/// using var losses = new PinnedBuffer(device.Context, 4 * count);
/// // enqueue cuMemcpyDtoHAsync to losses.Address, go on, and later:
/// device.Synchronize();
/// float first = losses.As&lt;float&gt;()[0];
/// </code></example>
public sealed unsafe class PinnedBuffer : IDisposable
{
    private readonly CudaContext _context;
    private nint _address;

    /// <summary>Takes memory with undefined content.</summary>
    /// <param name="context">Whose copies it is for; the buffer goes before the device does.</param>
    /// <param name="sizeInBytes">At least 1.</param>
    /// <exception cref="CudaException">The driver refused: the message names the call and CUDA's reason.</exception>
    public PinnedBuffer(CudaContext context, int sizeInBytes)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sizeInBytes);
        (_context, SizeInBytes) = (context, sizeInBytes);
        context.MakeCurrent();
        void* address;
        context.Api.Check(context.Api.MemHostAlloc(&address, (nuint)sizeInBytes, CudaHostAllocFlags.None), $"cuMemHostAlloc({sizeInBytes} bytes)");
        _address = (nint)address;
    }

    /// <summary>Its length.</summary>
    public int SizeInBytes { get; }

    /// <summary>Where it is, for copies.</summary>
    /// <exception cref="ObjectDisposedException">It was given back.</exception>
    public nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(_address == 0, this);
            return _address;
        }
    }

    /// <summary>Its bytes. A copy that is under way reads or writes them at any time until the device was waited for.</summary>
    public Span<byte> Bytes => new((void*)Address, SizeInBytes);

    /// <summary>Its content as elements; what does not fill one at the end is left out.</summary>
    public Span<T> As<T>() where T : unmanaged => MemoryMarshal.Cast<byte, T>(Bytes);

    /// <summary>Gives the memory back, after the copies that are under way.</summary>
    /// <exception cref="CudaException">The driver refused.</exception>
    public void Dispose()
    {
        if (_address == 0) return;
        nint address = _address;
        _address = 0;
        if (_context.IsDisposed) return; // it went with the context
        var errors = new ReleaseErrors(_context.Api);
        errors.Run(_context.MakeCurrent);
        errors.Note(_context.Api.MemFreeHost((void*)address), "cuMemFreeHost");
        errors.Throw();
    }
}
