using WrnEngine.Rng;

namespace WrnEngine.Training.Data;

/// <summary>The numbers of one image, in the order in which they are asked for: elements 0, 1, 2, ... of its own Philox stream.</summary>
internal struct SyntheticRandom(ulong seed, uint sample)
{
    private PhiloxBlock _words;
    private uint _element;

    public uint NextWord()
    {
        if ((_element & 3) == 0)
            _words = Philox.Block(seed, _element / 4, sample, 0, RandomPurpose.Synthetic);
        return _words[(int)_element++];
    }

    /// <summary>A number in [low, high).</summary>
    public float Range(float low, float high) => low + ((high - low) * Philox.Uniform(NextWord()));

    /// <summary>An integer in [0, count).</summary>
    public int Below(int count) => (int)Philox.Below(NextWord(), (uint)count);

    /// <summary>
    /// A direction, by the half-angle formulas: sines and cosines differ between systems, and these four operations don't.
    /// </summary>
    public (float Cos, float Sin) Direction()
    {
        float t = Range(-1, 1);
        float scale = (Below(2) == 0 ? 1 : -1) / (1 + (t * t));
        return ((1 - (t * t)) * scale, 2 * t * scale);
    }
}
