namespace WrnEngine.Rng;

/// <summary>Four random words: elements 4 i .. 4 i + 3 of one stream.</summary>
public readonly record struct PhiloxBlock(uint X, uint Y, uint Z, uint W)
{
    /// <summary>The word of an element; only the two lowest bits of <paramref name="element"/> count.</summary>
    public uint this[int element] => (element & 3) switch { 0 => X, 1 => Y, 2 => Z, _ => W };
}
