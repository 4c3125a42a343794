namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>
/// What was done to a piece of memory: for each cell the last write and the latest reads by two different warps, as records
/// (<see cref="AccessRecord"/>). A cell is 4 bytes until something smaller is touched; then the whole piece gets smaller cells, so that
/// neighbours inside a word are told apart and no cell is ever touched in part.
/// </summary>
internal sealed class ShadowPage
{
    private readonly int _bytes;

    /// <param name="bytes">A multiple of 4.</param>
    public ShadowPage(int bytes)
    {
        _bytes = bytes;
        Writes = new ulong[bytes >> Shift];
        Reads = new ulong[bytes >> Shift];
        OlderReads = new ulong[bytes >> Shift];
        Lanes = new uint[bytes >> Shift];
    }

    /// <summary>Bytes of a cell as a power of two.</summary>
    public int Shift { get; private set; } = 2;

    public ulong[] Writes { get; private set; }

    public ulong[] Reads { get; private set; }

    /// <summary>A read by another warp than that in <see cref="Reads"/>.</summary>
    public ulong[] OlderReads { get; private set; }

    /// <summary>The lanes that have read in the segment of <see cref="Reads"/>.</summary>
    public uint[] Lanes { get; private set; }

    public long ShadowBytes => 28L * Writes.Length;

    /// <summary>Makes cells smaller; each part inherits what is known of the whole.</summary>
    public void Refine(int shift)
    {
        int copies = Shift - shift;
        Writes = Spread(Writes, copies);
        Reads = Spread(Reads, copies);
        OlderReads = Spread(OlderReads, copies);
        Lanes = Spread(Lanes, copies);
        Shift = shift;
    }

    public void Clear()
    {
        Array.Clear(Writes);
        Array.Clear(Reads);
        Array.Clear(OlderReads);
        Array.Clear(Lanes);
    }

    private T[] Spread<T>(T[] cells, int copies)
    {
        var parts = new T[_bytes >> (Shift - copies)];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = cells[i >> copies];
        }
        return parts;
    }
}
