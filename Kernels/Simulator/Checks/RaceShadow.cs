namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>
/// racecheck's picture of global memory. It stays with the device from launch to launch: segment numbers go on, so that records of an
/// earlier launch are recognised as such and nothing has to be cleared.
/// </summary>
internal sealed class RaceShadow
{
    private const int PageShift = 12;
    private const int MostKept = 1 << 15;
    private const uint LastStart = 0x8000_0000;

    private ShadowPage?[] _pages = [];
    private int _used;

    /// <summary>The first segment number of the next launch; 0 is kept for "no access".</summary>
    public uint NextSegment { get; set; } = 1;

    /// <summary>Whether another launch may go on with it: it is not too large and has numbers left.</summary>
    public bool CanBeKept => _used <= MostKept && NextSegment < LastStart;

    public static int PageBytes => 1 << PageShift;

    /// <summary>Prepares for a device memory of so many bytes.</summary>
    public void Reserve(long bytes)
    {
        long pages = (bytes >> PageShift) + 2;
        if (_pages.Length < pages)
        {
            Array.Resize(ref _pages, (int)pages);
        }
    }

    public void Clear()
    {
        foreach (ShadowPage? page in _pages)
        {
            page?.Clear();
        }
        NextSegment = 1;
    }

    public ShadowPage PageOf(ulong offset)
    {
        ref ShadowPage? page = ref _pages[offset >> PageShift];
        if (page is null)
        {
            page = new ShadowPage(PageBytes);
            _used++;
        }
        return page;
    }
}
