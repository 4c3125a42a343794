using System.Runtime.InteropServices;
using WrnEngine.Devices.Cpu.Arena;

namespace WrnEngine.Devices.Cpu;

/// <summary>The arena of the CPU device.</summary>
public sealed unsafe class CpuMemory : DeviceMemory
{
    // Small buffers have slabs of their own, or they would nibble at the room that large ones come back to in every step.
    private const long SmallBuffer = 256 << 10;

    private readonly SlabPool _small = new(SystemPages.Source), _large = new(SystemPages.Source);
    private readonly HashSet<GuardedBlock> _guarded = [];
    private readonly HashSet<nint> _separate = [];
    private long _reservedSeparately;
    private long _separateAllocations;
    private bool _disposed;

    /// <summary>An empty arena.</summary>
    public CpuMemory(ArenaMode mode) => Mode = mode;

    /// <summary>How buffers are placed.</summary>
    public ArenaMode Mode { get; }

    /// <inheritdoc/>
    public override long ReservedBytes => _small.ReservedBytes + _large.ReservedBytes + _reservedSeparately;

    /// <inheritdoc/>
    public override long SystemAllocations => _small.SlabCount + _large.SlabCount + _separateAllocations;

    /// <summary>Looks at the canaries of all live buffers; does nothing unless the mode is <see cref="ArenaMode.Guarded"/>.</summary>
    /// <exception cref="InvalidOperationException">Somebody wrote outside a buffer; the message names its size and the side.</exception>
    public void CheckGuards()
    {
        foreach (var block in _guarded) block.Check();
    }

    /// <inheritdoc/>
    protected override (nint Address, object? Block) AllocateCore(long sizeInBytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (Mode == ArenaMode.Pooled)
        {
            var block = PoolFor(sizeInBytes).Allocate(sizeInBytes) ?? throw OutOfMemory(sizeInBytes);
            return (block.Address, block);
        }
        try
        {
            if (Mode == ArenaMode.Guarded) return AllocateGuarded(sizeInBytes);
            nint address = (nint)NativeMemory.AlignedAlloc((nuint)Math.Max(sizeInBytes, 1), Alignment);
            _separate.Add(address);
            _separateAllocations++;
            _reservedSeparately += sizeInBytes;
            return (address, null);
        }
        catch (OutOfMemoryException)
        {
            throw OutOfMemory(sizeInBytes);
        }
    }

    private (nint Address, object? Block) AllocateGuarded(long sizeInBytes)
    {
        var block = GuardedBlock.Create(sizeInBytes);
        _guarded.Add(block);
        _separateAllocations++;
        _reservedSeparately += block.ReservedBytes;
        return (block.Address, block);
    }

    /// <inheritdoc/>
    protected override void FreeCore(DeviceBuffer buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        if (_disposed) return;
        if (buffer.Block is PoolBlock pooled)
        {
            PoolFor(buffer.SizeInBytes).Free(pooled);
        }
        else if (buffer.Block is GuardedBlock guarded)
        {
            _guarded.Remove(guarded);
            _reservedSeparately -= guarded.ReservedBytes;
            try
            {
                guarded.Check();
            }
            finally
            {
                guarded.Dispose();
            }
        }
        else
        {
            _separate.Remove(buffer.Address);
            _reservedSeparately -= buffer.SizeInBytes;
            NativeMemory.AlignedFree((void*)buffer.Address);
        }
    }

    private SlabPool PoolFor(long sizeInBytes) => sizeInBytes <= SmallBuffer ? _small : _large;

    private InsufficientMemoryException OutOfMemory(long asked) => new(
        $"the system has no memory for a buffer of {Mebibytes(asked)} MiB: {Mebibytes(LiveBytes)} MiB are in use and {Mebibytes(ReservedBytes)} MiB reserved");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        if (_disposed) return;
        _disposed = true;
        _small.Dispose();
        _large.Dispose();
        foreach (var block in _guarded) block.Dispose();
        foreach (nint address in _separate) NativeMemory.AlignedFree((void*)address);
    }
}
