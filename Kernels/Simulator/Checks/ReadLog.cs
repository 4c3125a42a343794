using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>
/// racecheck's reads of shared memory since the last barrier of the whole block, as long as nothing else happened there. Reads alone cannot
/// race and the next barrier makes them harmless, so a phase of a kernel that only reads its tile costs no more than this log. The first
/// access of another kind closes it until that barrier: what it holds is then carried into the shadow.
/// </summary>
internal sealed unsafe class ReadLog
{
    /// <summary>Where the log gives up: a phase of so many reads costs less in the shadow, which does not grow.</summary>
    private const int Most = 4096;

    private Entry[] _entries = new Entry[64];

    /// <summary>One read by the lanes of <see cref="Mask"/>, each of <see cref="Size"/> bytes at its offset in shared memory.</summary>
    public struct Entry
    {
        public ulong Record;
        public uint Mask;
        public int Size;
        public fixed uint Offsets[Warp.Lanes];
    }

    /// <summary>Whether nothing but logged reads has happened since the barrier.</summary>
    public bool IsOpen { get; private set; } = true;

    public int Count { get; private set; }

    public ReadOnlySpan<Entry> Entries => _entries.AsSpan(0, Count);

    /// <summary>Adds a read, unless the log is full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAdd(ulong record, Warp w, int size, ulong window)
    {
        if (Count == _entries.Length)
        {
            if (Count == Most)
            {
                return false;
            }
            Array.Resize(ref _entries, 2 * Count);
        }
        ref Entry entry = ref _entries[Count++];
        entry.Record = record;
        entry.Mask = w.Mask;
        entry.Size = size;
        fixed (uint* offsets = entry.Offsets)
        {
            Vector512<ulong> origin = Vector512.Create(window);
            for (int v = 0; v < Warp.Lanes; v += 16)
            {
                Vector512.Narrow(Vector512.Load(w.Addresses + v) - origin, Vector512.Load(w.Addresses + v + 8) - origin).Store(offsets + v);
            }
        }
        return true;
    }

    public void Close()
    {
        Count = 0;
        IsOpen = false;
    }

    /// <summary>A barrier of the whole block has ordered everything so far before what comes.</summary>
    public void Reopen()
    {
        Count = 0;
        IsOpen = true;
    }
}
