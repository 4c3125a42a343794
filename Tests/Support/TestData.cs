using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Support;

/// <summary>
/// Seeded random arrays whose values are exact in float32, so that a device and the oracle compute from the same numbers. SplitMix64
/// behind it: the same on every platform and runtime.
/// </summary>
public sealed class TestData(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A generator seeded by a text, so that each case has its own numbers and keeps them when others come and go.</summary>
    public static TestData For(string name)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in name) hash = unchecked((hash ^ c) * 1099511628211);
        return new TestData(hash);
    }

    public ulong NextBits()
    {
        ulong z = _state = unchecked(_state + 0x9E3779B97F4A7C15);
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
        return z ^ (z >> 31);
    }

    /// <summary>In [0, 1).</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    public int Next(int count) => (int)(NextDouble() * count);

    public RefArray Normal(Shape shape, double mean = 0, double std = 1) => Fill(shape, () =>
        mean + std * Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble()));

    public RefArray Uniform(Shape shape, double low, double high) => Fill(shape, () => low + (high - low) * NextDouble());

    /// <summary>Magnitudes between 0.1 and 2 of either sign: no element is near a kink or a pole at zero.</summary>
    public RefArray AwayFromZero(Shape shape) => Fill(shape, () => (NextBits() % 2 == 0 ? 1 : -1) * (0.1 + 1.9 * NextDouble()));

    /// <summary>A permutation of evenly spaced values: no two are equal, so every maximum is unique and far from the next.</summary>
    public RefArray Distinct(Shape shape)
    {
        var x = new RefArray(shape);
        for (int i = 0; i < x.Count; i++)
        {
            int j = Next(i + 1);
            x.Values[i] = x.Values[j];
            x.Values[j] = i;
        }
        return x.Map(v => (v - x.Count / 2) / 16);
    }

    /// <summary>Whole numbers from 0 to <paramref name="count"/> - 1.</summary>
    public RefArray Integers(Shape shape, int count) => Fill(shape, () => Next(count));

    private static RefArray Fill(Shape shape, Func<double> next)
    {
        var x = new RefArray(shape);
        for (int i = 0; i < x.Count; i++) x.Values[i] = (float)next();
        return x;
    }
}
