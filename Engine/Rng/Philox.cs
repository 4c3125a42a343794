using System.Runtime.CompilerServices;

namespace WrnEngine.Rng;

/// <summary>
/// Philox4x32-10, a counter-based generator: a number is a function of its key and counter, so it has no state to save and is the same
/// on every device and for any number of threads and ranks.
/// </summary>
/// <remarks>
/// The convention of the whole project. Key = seed (low word, high word). Counter =
/// (element / 4, data-set index of the sample or 0, epoch or step, purpose &lt;&lt; 16 | layer ordinal). Element = logical index
/// (NCHW within a sample, OIHW for a weight); its word is word element % 4 of the block.
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
/// </remarks>
public static class Philox
{
    private const uint Multiplier0 = 0xD2511F53;
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9;
    private const uint Weyl1 = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>The four words at one counter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static PhiloxBlock Block(uint key0, uint key1, uint c0, uint c1, uint c2, uint c3)
    {
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * c0;
            ulong product1 = (ulong)Multiplier1 * c2;
            c0 = (uint)(product1 >> 32) ^ c1 ^ key0;
            c1 = (uint)product1;
            c2 = (uint)(product0 >> 32) ^ c3 ^ key1;
            c3 = (uint)product0;
            key0 += Weyl0;
            key1 += Weyl1;
        }

        return new PhiloxBlock(c0, c1, c2, c3);
    }

    /// <summary>The four words of elements 4 <paramref name="block"/> .. 4 <paramref name="block"/> + 3 by the project's convention.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="block">Element / 4.</param>
    /// <param name="sample">Data-set index of the sample, or 0.</param>
    /// <param name="step">Epoch or step.</param>
    /// <param name="purpose">What the numbers are for.</param>
    /// <param name="ordinal">Layer ordinal, 0 to 65,535.</param>
    public static PhiloxBlock Block(ulong seed, uint block, uint sample, uint step, RandomPurpose purpose, int ordinal = 0) =>
        Block((uint)seed, (uint)(seed >> 32), block, sample, step, Domain(purpose, ordinal));

    /// <summary>The last counter word: purpose &lt;&lt; 16 | ordinal.</summary>
    public static uint Domain(RandomPurpose purpose, int ordinal = 0) => ((uint)purpose << 16) | (uint)(ushort)ordinal;

    /// <summary>u in [0, 1): the upper 24 bits, times 2^-24; exact in float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Uniform(uint word) => (word >> 8) * (1f / (1 << 24));

    /// <summary>An integer in [0, <paramref name="count"/>): the upper word of word * count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Below(uint word, uint count) => (uint)(((ulong)word * count) >> 32);

    /// <summary>
    /// Fisher-Yates from the end: for i = n - 1 .. 1, the word of element i in the stream (purpose <see cref="RandomPurpose.Shuffle"/>,
    /// <paramref name="step"/>, <paramref name="ordinal"/>) decides j = <see cref="Below"/>(word, i + 1), and i and j change places.
    /// </summary>
    public static void Shuffle(Span<int> values, ulong seed, uint step, int ordinal = 0)
    {
        PhiloxBlock words = default;
        uint held = uint.MaxValue;
        for (int i = values.Length - 1; i > 0; i--)
        {
            uint block = (uint)i / 4;
            if (block != held)
            {
                words = Block(seed, block, 0, step, RandomPurpose.Shuffle, ordinal);
                held = block;
            }

            int j = (int)Below(words[i], (uint)i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }
}
