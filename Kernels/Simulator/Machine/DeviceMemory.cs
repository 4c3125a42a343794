using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using WrnEngine.Kernels.Simulator.Checks;

namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>
/// The global memory of a simulated device: one reserved window, so that one comparison tells whether an address can be touched.
/// Addresses are the same from run to run and are no host addresses. Safe to call from several host threads.
/// </summary>
public sealed unsafe class DeviceMemory : IDisposable
{
    /// <summary>Address of the first byte of the window.</summary>
    public const ulong WindowBase = 0x300_0000_0000;

    private const long Granule = 256;
    private const long QuarantineBytes = 64L << 20;

    private readonly Lock _lock = new();
    private readonly SortedList<ulong, Allocation> _live = [];
    private readonly Dictionary<ulong, Allocation> _freed = [];
    private readonly Queue<Allocation> _quarantine = new();
    private readonly SortedList<ulong, long> _holes = [];
    private byte* _host;
    private long _quarantined;

    /// <summary>The first page stays empty, so that what lies just before the first allocation is still inside the window.</summary>
    private long _top = 4096;
    private long _ordinal;
    private Allocation[]? _snapshot;
    private byte* _initialized;

    /// <param name="capacity">Bytes of the window; only pages that are used cost memory. Halved until the system grants it.</param>
    /// <exception cref="OutOfMemoryException">Not even 16 MiB can be reserved.</exception>
    public DeviceMemory(long capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1 << 20);
        capacity &= ~0xFFFFL;
        while (true)
        {
            try
            {
                // calloc hands out untouched zero pages for a block of this size.
                _host = (byte*)NativeMemory.AllocZeroed((nuint)(capacity + 4096));
                break;
            }
            catch (OutOfMemoryException) when (capacity > 32 << 20)
            {
                capacity = (capacity / 2) & ~0xFFFFL;
            }
        }
        Capacity = capacity;
    }

    public long Capacity { get; }

    /// <summary>Bytes in live allocations.</summary>
    public long Used { get; private set; }

    public long Free => Capacity - Used;

    /// <summary>Live allocations by address.</summary>
    public IReadOnlyList<Allocation> LiveAllocations => Snapshot();

    /// <summary>Reserves memory, aligned to 256 bytes.</summary>
    /// <returns>False when nothing of that size is free.</returns>
    public bool TryAllocate(long size, out ulong address, string label = "")
    {
        address = 0;
        if (size <= 0 || size > Capacity)
        {
            return false;
        }
        // A gap behind each allocation lets memcheck tell an overrun from an access to the neighbour.
        long need = ((size + Granule - 1) / Granule * Granule) + Granule;
        lock (_lock)
        {
            if (!TakeSpace(need, out long offset) && !(ReleaseQuarantine(0) && TakeSpace(need, out offset)))
            {
                return false;
            }
            address = WindowBase + (ulong)offset;
            _live.Add(address, new Allocation(address, size, ++_ordinal, label));
            _freed.Remove(address);
            _snapshot = null;
            Used += size;
            if (_initialized != null)
            {
                // The gap behind the allocation is memcheck's business alone.
                BitRange.Fill(_initialized, offset, size, false);
                BitRange.Fill(_initialized, offset + size, need - size, true);
            }
            return true;
        }
    }

    /// <summary>Gives an allocation back. Its addresses are not used again for a while, so that a late use can be recognised.</summary>
    public FreeOutcome Release(ulong address)
    {
        lock (_lock)
        {
            if (!_live.Remove(address, out Allocation? allocation))
            {
                return _freed.ContainsKey(address) ? FreeOutcome.AlreadyFreed : FreeOutcome.NotAnAllocation;
            }
            _snapshot = null;
            Used -= allocation.Size;
            _freed[address] = allocation;
            _quarantine.Enqueue(allocation);
            _quarantined += allocation.Size;
            ReleaseQuarantine(QuarantineBytes);
            return FreeOutcome.Freed;
        }
    }

    /// <summary>Whether all bytes lie in one live allocation.</summary>
    public bool Contains(ulong address, long size) =>
        FindAllocation(address) is { } allocation && size >= 0 && (long)(address - allocation.Address) + size <= allocation.Size;

    /// <summary>The live allocation that holds an address, or null.</summary>
    public Allocation? FindAllocation(ulong address)
    {
        Allocation[] all = Snapshot();
        int low = 0;
        int high = all.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (address < all[middle].Address)
            {
                high = middle - 1;
            }
            else if (address >= all[middle].End)
            {
                low = middle + 1;
            }
            else
            {
                return all[middle];
            }
        }
        return null;
    }

    /// <summary>Copies host bytes in. The destination must lie in one allocation.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    public void CopyIn(ulong destination, ReadOnlySpan<byte> source)
    {
        source.CopyTo(HostSpan(destination, source.Length));
        MarkInitialized(destination, source.Length);
    }

    /// <summary>Copies bytes out. The source must lie in one allocation.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    public void CopyOut(Span<byte> destination, ulong source) => HostSpan(source, destination.Length).CopyTo(destination);

    /// <summary>Copies inside device memory; overlapping ranges behave as if through a temporary.</summary>
    /// <exception cref="ArgumentException">A range does not lie in one allocation.</exception>
    public void Copy(ulong destination, ulong source, long size)
    {
        byte* from = HostPointer(source, size);
        byte* to = HostPointer(destination, size);
        Buffer.MemoryCopy(from, to, size, size);
        if (_initialized != null && size > 0)
        {
            BitRange.Copy(_initialized, Offset(destination), Offset(source), size);
        }
    }

    /// <summary>Writes <paramref name="count"/> elements of 1, 2 or 4 bytes.</summary>
    /// <exception cref="ArgumentException">The range does not lie in one allocation, or the element size is another.</exception>
    public void Fill(ulong destination, uint value, int elementSize, long count)
    {
        if (elementSize is not (1 or 2 or 4))
        {
            throw new ArgumentException($"An element of {elementSize} bytes cannot be filled: 1, 2 or 4 can.", nameof(elementSize));
        }
        byte* to = HostPointer(destination, checked(count * elementSize));
        if (elementSize == 1)
        {
            NativeMemory.Fill(to, (nuint)count, (byte)value);
        }
        for (long i = 0; elementSize > 1 && i < count; i++)
        {
            if (elementSize == 2)
            {
                ((ushort*)to)[i] = (ushort)value;
            }
            else
            {
                ((uint*)to)[i] = value;
            }
        }
        MarkInitialized(destination, count * elementSize);
    }

    /// <summary>The host address behind a device range, for a caller that copies by itself. The range must lie in one allocation.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    public byte* HostPointer(ulong address, long size)
    {
        if (size != 0 && !Contains(address, size))
        {
            throw new ArgumentException($"The {size} bytes at 0x{address:x} do not lie inside one allocation of the simulated device.");
        }
        return _host + Offset(address);
    }

    /// <summary>Tells initcheck that a range was written by the host.</summary>
    public void MarkInitialized(ulong address, long size)
    {
        if (_initialized != null && size > 0)
        {
            BitRange.Fill(_initialized, Offset(address), size, true);
        }
    }

    /// <summary>Starts to record which bytes were written. Without it initcheck does not watch global memory; what is live now counts as written.</summary>
    public void TrackInitialization()
    {
        lock (_lock)
        {
            if (_initialized != null)
            {
                return;
            }
            var shadow = (byte*)NativeMemory.AllocZeroed((nuint)BitRange.BytesFor(Capacity));
            BitRange.Fill(shadow, 0, _top, true);
            _initialized = shadow;
        }
    }

    /// <summary>One finding of memcheck for each allocation that is still live (module variables excepted).</summary>
    public IReadOnlyList<Finding> Leaks()
    {
        var leaks = new List<Finding>();
        foreach (Allocation allocation in Snapshot())
        {
            if (allocation.Label.Length == 0)
            {
                leaks.Add(new Finding
                {
                    Check = CheckKinds.Memcheck,
                    Message = $"leak: allocation {allocation.Ordinal} of {allocation.Size} bytes was never freed",
                    Address = allocation.Address,
                    Size = (int)Math.Min(allocation.Size, int.MaxValue),
                });
            }
        }
        return leaks;
    }

    public void Dispose()
    {
        NativeMemory.Free(_host);
        NativeMemory.Free(_initialized);
        _host = null;
        _initialized = null;
        GC.SuppressFinalize(this);
    }

    [SuppressMessage("Reliability", "CA2015", Justification = "The finalizer frees native memory of an owner nobody can reach any more.")]
    ~DeviceMemory()
    {
        NativeMemory.Free(_host);
        NativeMemory.Free(_initialized);
    }

    internal byte* HostBase => _host;

    /// <summary>One bit per device byte, set when it was written; null without <see cref="TrackInitialization"/>.</summary>
    internal byte* InitializedBase => _initialized;

    /// <summary>Bytes from the window's start that any allocation ever used: what lies behind is no memory.</summary>
    internal long Top => _top;

    /// <summary>The allocation that held an address before it was freed, or null.</summary>
    internal Allocation? FindFreed(ulong address)
    {
        lock (_lock)
        {
            foreach (Allocation allocation in _freed.Values)
            {
                if (address >= allocation.Address && address < allocation.End)
                {
                    return allocation;
                }
            }
        }
        return null;
    }

    internal Allocation[] Snapshot()
    {
        lock (_lock)
        {
            return _snapshot ??= [.. _live.Values];
        }
    }

    private static long Offset(ulong address) => (long)(address - WindowBase);

    private Span<byte> HostSpan(ulong address, int size) => new(HostPointer(address, size), size);

    private bool TakeSpace(long need, out long offset)
    {
        for (int i = 0; i < _holes.Count; i++)
        {
            long size = _holes.Values[i];
            if (size >= need)
            {
                ulong start = _holes.Keys[i];
                _holes.RemoveAt(i);
                if (size > need)
                {
                    _holes.Add(start + (ulong)need, size - need);
                }
                offset = (long)start;
                return true;
            }
        }
        offset = _top;
        if (_top + need > Capacity)
        {
            return false;
        }
        _top += need;
        return true;
    }

    private bool ReleaseQuarantine(long keep)
    {
        bool any = false;
        while (_quarantined > keep && _quarantine.TryDequeue(out Allocation? oldest))
        {
            _quarantined -= oldest.Size;
            AddHole(Offset(oldest.Address), ((oldest.Size + Granule - 1) / Granule * Granule) + Granule);
            any = true;
        }
        return any;
    }

    private void AddHole(long offset, long size)
    {
        var start = (ulong)offset;
        if (_holes.TryGetValue(start + (ulong)size, out long after))
        {
            _holes.Remove(start + (ulong)size);
            size += after;
        }
        for (int i = 0; i < _holes.Count; i++)
        {
            if (_holes.Keys[i] + (ulong)_holes.Values[i] == start)
            {
                ulong before = _holes.Keys[i];
                _holes[before] = _holes.Values[i] + size;
                return;
            }
        }
        _holes.Add(start, size);
    }
}
