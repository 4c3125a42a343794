namespace WrnEngine.Devices;

/// <summary>
/// The places of a <see cref="SlabPool"/> that recorded work uses for its temporary buffers, and how many buffers are in them at present. While there are
/// any, the work must not run again: it would write over them.
/// </summary>
internal sealed class PoolRegion
{
    private readonly HashSet<PoolBlock> _open = [];
    private readonly List<(nint Start, nint End)> _ranges = [];
    private int _inUse;

    /// <summary>True when no buffer is in the region.</summary>
    public bool IsFree => _inUse == 0;

    /// <summary>While recording: a buffer that the work takes.</summary>
    public void Add(PoolBlock block)
    {
        _open.Add(block);
        _ranges.Add((block.Address, (nint)(block.Address + block.Size)));
    }

    /// <summary>While recording: a buffer that comes back.</summary>
    public void Remove(PoolBlock block) => _open.Remove(block);

    /// <summary>Ends the recording. What the work has not given back is in use from here on.</summary>
    public void Close()
    {
        _ranges.Sort();
        int last = 0;
        for (int i = 1; i < _ranges.Count; i++)
        {
            if (_ranges[i].Start <= _ranges[last].End) _ranges[last] = (_ranges[last].Start, nint.Max(_ranges[last].End, _ranges[i].End));
            else _ranges[++last] = _ranges[i];
        }

        if (_ranges.Count > 0) _ranges.RemoveRange(last + 1, _ranges.Count - last - 1);
        _inUse = _open.Count;
        _open.Clear();
    }

    /// <summary>After the recording: a buffer that anybody takes.</summary>
    public void Taken(PoolBlock block)
    {
        if (Overlaps(block)) _inUse++;
    }

    /// <summary>After the recording: a buffer that comes back.</summary>
    public void Returned(PoolBlock block)
    {
        if (Overlaps(block)) _inUse--;
    }

    /// <summary>By bisection: the last range that begins before the block ends is the only one that can reach into it from below.</summary>
    private bool Overlaps(PoolBlock block)
    {
        nint end = (nint)(block.Address + block.Size);
        int low = 0, high = _ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_ranges[middle].Start < end) low = middle + 1;
            else high = middle;
        }

        return low > 0 && _ranges[low - 1].End > block.Address;
    }
}
