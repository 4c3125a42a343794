using CsCheck;
using WrnEngine.Rng;

namespace WrnEngine.Tests.Rng;

[TestFixture]
public class PhiloxTests
{
    // The three known-answer vectors that the authors publish for philox4x32-10.
    [TestCase(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [TestCase(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu,
        0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [TestCase(0xa4093822u, 0x299f31d0u, 0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u,
        0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void MatchesTheKnownAnswers(
        uint key0, uint key1, uint c0, uint c1, uint c2, uint c3, uint x, uint y, uint z, uint w) =>
        Assert.That(Philox.Block(key0, key1, c0, c1, c2, c3), Is.EqualTo(new PhiloxBlock(x, y, z, w)));

    [Test]
    public void SeedFormPlacesEveryFieldWhereTheConventionSays()
    {
        PhiloxBlock expected = Philox.Block(0x55667788, 0x11223344, 7, 49_999, 12, (4u << 16) | 9);
        Assert.That(Philox.Block(0x1122334455667788, 7, 49_999, 12, RandomPurpose.Dropout, 9), Is.EqualTo(expected));
        Assert.That((int[])[(int)expected[0], (int)expected[1], (int)expected[6], (int)expected[3]],
            Is.EqualTo((int[])[(int)expected.X, (int)expected.Y, (int)expected.Z, (int)expected.W]));
    }

    [Test]
    public void UniformCoversZeroToJustBelowOne()
    {
        Assert.That(Philox.Uniform(0), Is.Zero);
        Assert.That(Philox.Uniform(255), Is.Zero);
        Assert.That(Philox.Uniform(256), Is.EqualTo(MathF.Pow(2, -24)));
        Assert.That(Philox.Uniform(uint.MaxValue), Is.EqualTo(1 - MathF.Pow(2, -24)));
    }

    [Test]
    public void BelowStaysInRangeAndReachesBothEnds()
    {
        Assert.That(Philox.Below(0, 9), Is.Zero);
        Assert.That(Philox.Below(uint.MaxValue, 9), Is.EqualTo(8));
        Gen.Select(Gen.UInt, Gen.UInt[1, uint.MaxValue]).Sample((word, count) => Philox.Below(word, count) < count);
    }

    [Test]
    public void WordsAreSpreadEvenly()
    {
        int[] counts = new int[16];
        for (uint block = 0; block < 16_000; block++)
        {
            PhiloxBlock words = Philox.Block(1, block, 0, 0, RandomPurpose.Weights);
            for (int i = 0; i < 4; i++)
                counts[words[i] >> 28]++;
        }

        // 4,000 expected in each of 16 bins, standard deviation 61: five of them on either side.
        Assert.That(counts, Has.All.InRange(3_700, 4_300));
    }

    [Test]
    public void ShuffleFollowsItsDefinition()
    {
        int[] actual = [.. Enumerable.Range(0, 11)];
        int[] expected = [.. actual];
        Philox.Shuffle(actual, seed: 3, step: 5, ordinal: 1);
        for (int i = 10; i > 0; i--)
        {
            uint word = Philox.Block(3, 0, (uint)(i / 4), 0, 5, (2u << 16) | 1)[i % 4];
            int j = (int)(((ulong)word * (uint)(i + 1)) >> 32);
            (expected[i], expected[j]) = (expected[j], expected[i]);
        }

        Assert.That(actual, Is.EqualTo(expected));
    }

    [Test]
    public void ShuffleIsAPermutationThatSeedStepAndOrdinalChange() =>
        Gen.Select(Gen.Int[0, 300], Gen.ULong, Gen.UInt).Sample((n, seed, step) =>
        {
            int[] values = [.. Enumerable.Range(0, n)];
            int[] other = [.. values];
            int[] sorted = [.. values];
            Philox.Shuffle(values, seed, step);
            Philox.Shuffle(other, seed, step + 1);
            bool differs = n < 50 || !values.AsSpan().SequenceEqual(other);
            return differs && values.Order().SequenceEqual(sorted);
        });

    [Test]
    public void ShuffleAndBlocksAllocateNothing()
    {
        int[] values = new int[1_000];
        Philox.Shuffle(values, 1, 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Philox.Shuffle(values, 1, 2);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }
}
