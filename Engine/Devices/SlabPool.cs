namespace WrnEngine.Devices;

/// <summary>Where a <see cref="SlabPool"/> has its slabs from.</summary>
internal interface ISlabSource
{
    /// <summary>The address of a slab, or 0 when there is no more memory.</summary>
    nint Allocate(long sizeInBytes);

    /// <summary>Takes a slab back.</summary>
    void Free(nint address, long sizeInBytes);
}

/// <summary>
/// Cuts buffers from slabs: best fit, split on demand, merged with free neighbours on return. The same sequence of requests always
/// gives the same places, so after one training step every later one finds its room.
/// </summary>
internal sealed class SlabPool(ISlabSource source) : IDisposable
{
    /// <summary>Sizes of slabs are multiples of this: a huge page of the host, and the granularity of device memory.</summary>
    public const long SlabUnit = 2L << 20;

    private const long SmallestSlab = 32L << 20;

    private readonly SortedSet<PoolBlock> _free = new(BySizeThenAge.Instance);
    private readonly List<(nint Address, long Size)> _slabs = [];
    private readonly List<PoolRegion> _regions = [];
    private PoolRegion? _recording;

    /// <summary>Bytes in slabs.</summary>
    public long ReservedBytes { get; private set; }

    /// <summary>Slabs taken so far.</summary>
    public int SlabCount => _slabs.Count;

    /// <summary>A block of at least that size, or null when the system has no more.</summary>
    public PoolBlock? Allocate(long sizeInBytes)
    {
        long size = Math.Max(DeviceMemory.Alignment, (sizeInBytes + DeviceMemory.Alignment - 1) / DeviceMemory.Alignment * DeviceMemory.Alignment);
        var block = SmallestOfAtLeast(size) ?? (_recording is null ? NewSlab(size) : throw new RecordingRefusedException("the arena has no room for it"));
        if (block is null) return null;
        _free.Remove(block);
        block.IsFree = false;
        if (block.Size > size) _free.Add(block.SplitAt(size));
        _recording?.Add(block);
        foreach (var region in _regions) region.Taken(block);
        return block;
    }

    /// <summary>Takes a block back.</summary>
    public void Free(PoolBlock block)
    {
        _recording?.Remove(block);
        foreach (var region in _regions) region.Returned(block);
        block.IsFree = true;
        if (block.Next is { IsFree: true } next)
        {
            _free.Remove(next);
            block.Absorb(next);
        }
        if (block.Previous is { IsFree: true } previous)
        {
            _free.Remove(previous);
            previous.Absorb(block);
            block = previous;
        }
        _free.Add(block);
    }

    /// <summary>From here on buffers are those of work that is being recorded. They must find room: no slab is taken meanwhile.</summary>
    /// <exception cref="RecordingRefusedException">By <see cref="Allocate"/>: there is no room.</exception>
    public void StartRecording() => _recording = new PoolRegion();

    /// <summary>Ends the recording. The region is watched until <see cref="Forget"/>.</summary>
    public PoolRegion StopRecording()
    {
        var region = _recording ?? throw new InvalidOperationException("nothing is being recorded");
        _recording = null;
        region.Close();
        _regions.Add(region);
        return region;
    }

    /// <summary>Watches a region no longer.</summary>
    public void Forget(PoolRegion region) => _regions.Remove(region);

    private PoolBlock? SmallestOfAtLeast(long size)
    {
        foreach (var block in _free.GetViewBetween(PoolBlock.Probe(size, int.MinValue), PoolBlock.Probe(long.MaxValue, int.MaxValue))) return block;
        return null;
    }

    private PoolBlock? NewSlab(long size)
    {
        long slabSize = Math.Max(SmallestSlab, (size + SlabUnit - 1) / SlabUnit * SlabUnit);
        nint address = source.Allocate(slabSize);
        if (address == 0) return null;
        var block = new PoolBlock(address, slabSize, _slabs.Count);
        _slabs.Add((address, slabSize));
        ReservedBytes += slabSize;
        _free.Add(block);
        return block;
    }

    /// <summary>Returns all slabs to the system.</summary>
    public void Dispose()
    {
        foreach (var (address, size) in _slabs) source.Free(address, size);
        _slabs.Clear();
        _free.Clear();
        ReservedBytes = 0;
    }

    // Among equals the older slab and the lower address win: the order must not depend on where the system mapped the slabs.
    private sealed class BySizeThenAge : IComparer<PoolBlock>
    {
        public static readonly BySizeThenAge Instance = new();

        public int Compare(PoolBlock? x, PoolBlock? y)
        {
            int bySize = x!.Size.CompareTo(y!.Size);
            if (bySize != 0) return bySize;
            int bySlab = x.Slab.CompareTo(y.Slab);
            return bySlab != 0 ? bySlab : x.Address.CompareTo(y.Address);
        }
    }
}

/// <summary>A stretch of a slab, free or in use, linked with its neighbours in the same slab.</summary>
internal sealed class PoolBlock(nint address, long size, int slab)
{
    /// <summary>Where it starts.</summary>
    public nint Address { get; } = address;

    /// <summary>Its length in bytes.</summary>
    public long Size { get; private set; } = size;

    /// <summary>The number of its slab, counted from the oldest.</summary>
    public int Slab { get; } = slab;

    /// <summary>True when it can be handed out.</summary>
    public bool IsFree { get; set; } = true;

    /// <summary>The block before it in the slab.</summary>
    public PoolBlock? Previous { get; private set; }

    /// <summary>The block behind it in the slab.</summary>
    public PoolBlock? Next { get; private set; }

    /// <summary>A value to search with.</summary>
    public static PoolBlock Probe(long size, int slab) => new(0, size, slab);

    /// <summary>Shortens the block and returns the rest as a free block behind it.</summary>
    public PoolBlock SplitAt(long size)
    {
        var rest = new PoolBlock((nint)(Address + size), Size - size, Slab) { Previous = this, Next = Next };
        Next?.Previous = rest;
        Next = rest;
        Size = size;
        return rest;
    }

    /// <summary>Takes the block behind it in.</summary>
    public void Absorb(PoolBlock next)
    {
        Size += next.Size;
        Next = next.Next;
        Next?.Previous = this;
    }
}
