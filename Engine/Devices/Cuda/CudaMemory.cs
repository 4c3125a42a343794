using WrnEngine.Kernels.Driver;

namespace WrnEngine.Devices.Cuda;

/// <summary>
/// The arena of a CUDA device: slabs by <c>cuMemAlloc</c>, or one allocation for each buffer, so that a memory checker sees where it ends.
/// </summary>
public sealed unsafe class CudaMemory : DeviceMemory
{
    private readonly CudaContext _context;
    private readonly ArenaMode _mode;
    private readonly Slabs _slabs;
    private readonly SlabPool _pool;
    private readonly HashSet<nint> _separate = [];
    private long _reservedSeparately;
    private long _separateAllocations;
    private bool _disposed;

    /// <summary>An empty arena.</summary>
    /// <param name="context">The context that the memory belongs to.</param>
    /// <param name="mode">How buffers are placed: <see cref="ArenaMode.Guarded"/> is as Separate here, for the guards are the checker's.</param>
    public CudaMemory(CudaContext context, ArenaMode mode)
    {
        (_context, _mode, _slabs) = (context, mode, new Slabs(context));
        _pool = new SlabPool(_slabs);
    }

    /// <summary>What buffers are cut from, or null where each is an allocation of its own.</summary>
    internal SlabPool? Pool => _mode == ArenaMode.Pooled ? _pool : null;

    /// <inheritdoc/>
    public override long ReservedBytes => _pool.ReservedBytes + _reservedSeparately;

    /// <inheritdoc/>
    public override long SystemAllocations => _pool.SlabCount + _separateAllocations;

    /// <inheritdoc/>
    protected override (nint Address, object? Block) AllocateCore(long sizeInBytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_mode == ArenaMode.Pooled)
        {
            var block = _pool.Allocate(sizeInBytes) ?? throw OutOfMemory(sizeInBytes);
            return (block.Address, block);
        }
        nint address = Allocate(_context, Math.Max(sizeInBytes, 1));
        if (address == 0) throw OutOfMemory(sizeInBytes);
        _separate.Add(address);
        _separateAllocations++;
        _reservedSeparately += sizeInBytes;
        return (address, null);
    }

    /// <inheritdoc/>
    protected override void FreeCore(DeviceBuffer buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        if (_disposed) return;
        if (buffer.Block is PoolBlock pooled)
        {
            _pool.Free(pooled);
            return;
        }
        _separate.Remove(buffer.Address);
        _reservedSeparately -= buffer.SizeInBytes;
        Free(_context, buffer.Address);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        if (_disposed) return;
        _disposed = true;
        var errors = new ReleaseErrors(_context.Api);
        _slabs.Errors = errors;
#pragma warning disable IDISP023 // no finalizer comes here: it would not be disposing
        _pool.Dispose();
        foreach (nint address in _separate) errors.Run(() => Free(_context, address));
#pragma warning restore IDISP023
        errors.Throw();
    }

    private static nint Allocate(CudaContext context, long sizeInBytes)
    {
        if (context.IsCapturing)
        {
            throw new InvalidOperationException(
                $"a step that is being captured needs a buffer of {Mebibytes(sizeInBytes)} MiB for which the arena has no room, and memory cannot be taken from the device "
                + "during a capture: run the same step before it, as often as its memory grows (twice for a training step)");
        }
        ulong address;
        var result = context.Api.MemAlloc(&address, (nuint)sizeInBytes);
        if (result == CudaResult.OutOfMemory) return 0;
        context.Api.Check(result, "cuMemAlloc");
        return (nint)address;
    }

    // Everything enqueued that uses the memory runs first: cuMemFree waits.
    private static void Free(CudaContext context, nint address)
    {
        context.MakeCurrent();
        var result = context.Api.MemFree((ulong)address);
        // Where a kernel has broken the context, every call says so; whoever waits for the device reports it.
        if (!CudaErrors.IsSticky(result)) context.Api.Check(result, "cuMemFree");
    }

    private DeviceMemoryException OutOfMemory(long asked)
    {
        nuint free, total;
        _context.Api.Check(_context.Api.MemGetInfo(&free, &total), "cuMemGetInfo");
        return new DeviceMemoryException(_context.Info.Name, asked, (long)free, LiveBytes, PeakBytes, ReservedBytes, (long)total);
    }

    private sealed class Slabs(CudaContext context) : ISlabSource
    {
        /// <summary>Set when all slabs go: then one that the driver refuses to take back does not keep the others.</summary>
        public ReleaseErrors? Errors { get; set; }

        public nint Allocate(long sizeInBytes) => CudaMemory.Allocate(context, sizeInBytes);

        public void Free(nint address, long sizeInBytes)
        {
            if (Errors is null) CudaMemory.Free(context, address);
            else Errors.Run(() => CudaMemory.Free(context, address));
        }
    }
}
