using WrnEngine.Kernels.Driver;

namespace WrnEngine.Devices.Cuda;

/// <summary>
/// The arena of a CUDA device: slabs by <c>cuMemAlloc</c>, or one allocation for each buffer, so that a memory checker sees where it ends.
/// </summary>
/// <param name="context">The context that the memory belongs to.</param>
/// <param name="mode">How buffers are placed: <see cref="ArenaMode.Guarded"/> is as Separate here, for the guards are the checker's.</param>
public sealed unsafe class CudaMemory(CudaContext context, ArenaMode mode) : DeviceMemory
{
    private readonly SlabPool _pool = new(new Slabs(context));
    private readonly HashSet<nint> _separate = [];
    private long _reservedSeparately;
    private long _separateAllocations;
    private bool _disposed;

    /// <summary>What buffers are cut from, or null where each is an allocation of its own.</summary>
    internal SlabPool? Pool => mode == ArenaMode.Pooled ? _pool : null;

    /// <inheritdoc/>
    public override long ReservedBytes => _pool.ReservedBytes + _reservedSeparately;

    /// <inheritdoc/>
    public override long SystemAllocations => _pool.SlabCount + _separateAllocations;

    /// <inheritdoc/>
    protected override (nint Address, object? Block) AllocateCore(long sizeInBytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (mode == ArenaMode.Pooled)
        {
            var block = _pool.Allocate(sizeInBytes) ?? throw OutOfMemory(sizeInBytes);
            return (block.Address, block);
        }
        nint address = Allocate(context, Math.Max(sizeInBytes, 1));
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
        Free(context, buffer.Address);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        if (_disposed) return;
        _disposed = true;
        _pool.Dispose();
#pragma warning disable IDISP023 // no finalizer comes here: it would not be disposing
        foreach (nint address in _separate) Free(context, address);
#pragma warning restore IDISP023
    }

    private static nint Allocate(CudaContext context, long sizeInBytes)
    {
        context.MakeCurrent();
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
        if (result != CudaResult.Success && !new CudaException("", "", result).IsSticky) context.Api.Check(result, "cuMemFree");
    }

    private InsufficientMemoryException OutOfMemory(long asked) => new(
        $"{context.Info.Name} has no memory for a buffer of {Mebibytes(asked)} MiB: {Mebibytes(LiveBytes)} MiB are in use and {Mebibytes(ReservedBytes)} MiB "
        + $"reserved of {Mebibytes(context.Info.MemoryBytes)}; take a smaller batch or network");

    private sealed class Slabs(CudaContext context) : ISlabSource
    {
        public nint Allocate(long sizeInBytes) => CudaMemory.Allocate(context, sizeInBytes);

        public void Free(nint address, long sizeInBytes) => CudaMemory.Free(context, address);
    }
}
