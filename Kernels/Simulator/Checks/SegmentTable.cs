namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>
/// Segments: what one warp does between two of its synchronisations. A record of an access names its segment; what orders accesses is
/// looked up here. Numbers grow, and those below <see cref="First"/> belong to earlier launches.
/// </summary>
internal sealed class SegmentTable(uint first)
{
    /// <summary>Neighbouring segments of one block with nothing released in between share an entry.</summary>
    private readonly List<Stretch> _stretches = [];

    private readonly List<(int Epoch, uint Generation)> _recent = [];
    private uint _recentFirst = first;

    private readonly record struct Stretch(uint First, int Block, int Releases);

    public uint First { get; } = first;

    /// <summary>The number that the next segment gets.</summary>
    public uint Next { get; private set; } = first;

    /// <param name="block">Number of the block.</param>
    /// <param name="releases">How often the block has released.</param>
    /// <param name="epoch">The warp's entry in its own vector clock.</param>
    /// <param name="generation">How often lanes of the warp have synchronised.</param>
    public uint Add(int block, int releases, int epoch, uint generation)
    {
        if (_stretches.Count == 0 || _stretches[^1].Block != block || _stretches[^1].Releases != releases)
        {
            _stretches.Add(new Stretch(Next, block, releases));
        }
        _recent.Add((epoch, generation));
        return Next++;
    }

    /// <summary>Everything so far is ordered before whatever the same block does from now on: of its segments only the block still matters.</summary>
    public void ForgetOrder()
    {
        _recent.Clear();
        _recentFirst = Next;
    }

    public (int Block, int Releases) OwnerOf(uint segment)
    {
        int low = 0;
        int high = _stretches.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_stretches[middle].First <= segment)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }
        return (_stretches[low].Block, _stretches[low].Releases);
    }

    /// <summary>Epoch and generation, or null once they are forgotten.</summary>
    public (int Epoch, uint Generation)? OrderOf(uint segment) => segment < _recentFirst ? null : _recent[(int)(segment - _recentFirst)];
}
