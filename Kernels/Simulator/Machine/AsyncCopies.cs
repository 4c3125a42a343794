using System.Runtime.InteropServices;

namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>
/// <c>cp.async</c> of one warp: a copy takes effect when its thread waits for it, as late as the rules allow, so that code that forgets
/// to wait reads old data here and not only now and then on a device.
/// </summary>
internal sealed unsafe class AsyncCopies
{
    private readonly List<Copy> _open = [];
    private readonly List<(uint Mask, Copy[] Copies)> _groups = [];

    private readonly record struct Copy(int Lane, IntPtr Source, IntPtr Destination, int Size, int SourceSize);

    public bool IsEmpty => _open.Count == 0 && _groups.Count == 0;

    public void Clear()
    {
        _open.Clear();
        _groups.Clear();
    }

    public void Issue(int lane, byte* source, byte* destination, int size, int sourceSize) =>
        _open.Add(new Copy(lane, (IntPtr)source, (IntPtr)destination, size, sourceSize));

    /// <summary><c>commit_group</c> for some lanes; an empty group counts too.</summary>
    public void Commit(uint lanes)
    {
        _groups.Add((lanes, [.. _open.Where(copy => (lanes >> copy.Lane & 1) != 0)]));
        _open.RemoveAll(copy => (lanes >> copy.Lane & 1) != 0);
    }

    /// <summary><c>wait_group</c>: completes all but the <paramref name="pending"/> latest groups of each lane.</summary>
    public void Wait(Warp warp, uint lanes, uint pending)
    {
        Span<uint> newer = stackalloc uint[Warp.Lanes];
        newer.Clear();
        for (int i = _groups.Count - 1; i >= 0; i--)
        {
            (uint mask, Copy[] copies) = _groups[i];
            uint finished = 0;
            for (int lane = 0; lane < Warp.Lanes; lane++)
            {
                if (((mask & lanes) >> lane & 1) != 0 && newer[lane]++ >= pending)
                {
                    finished |= 1u << lane;
                }
            }
            if (finished != 0)
            {
                _groups[i] = (mask & ~finished, copies);
                FinishedLanes.Add((i, finished));
            }
        }
        // Older groups first, in the order in which the copies were issued.
        for (int i = FinishedLanes.Count - 1; i >= 0; i--)
        {
            (int group, uint finished) = FinishedLanes[i];
            Complete(warp, _groups[group].Copies, finished);
        }
        FinishedLanes.Clear();
        _groups.RemoveAll(static group => group.Mask == 0);
    }

    /// <summary><c>wait_all</c>: also what was not committed.</summary>
    public void CompleteAll(Warp warp, uint lanes)
    {
        if (IsEmpty)
        {
            return;
        }
        Wait(warp, lanes, 0);
        Complete(warp, CollectionsMarshal.AsSpan(_open), lanes);
        _open.RemoveAll(copy => (lanes >> copy.Lane & 1) != 0);
    }

    private List<(int Group, uint Lanes)> FinishedLanes { get; } = [];

    private static void Complete(Warp warp, ReadOnlySpan<Copy> copies, uint lanes)
    {
        foreach (Copy copy in copies)
        {
            if ((lanes >> copy.Lane & 1) == 0)
            {
                continue;
            }
            var to = (byte*)copy.Destination;
            Buffer.MemoryCopy((byte*)copy.Source, to, copy.SourceSize, copy.SourceSize);
            new Span<byte>(to + copy.SourceSize, copy.Size - copy.SourceSize).Clear();
            warp.Context.Checks?.OnAsyncComplete(warp, copy.Lane, copy.Destination, copy.Size);
        }
    }
}
