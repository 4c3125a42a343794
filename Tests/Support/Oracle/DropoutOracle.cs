using WrnEngine.Devices;
using WrnEngine.Rng;

namespace WrnEngine.Tests.Support.Oracle;

/// <summary>Dropout by the project's counter convention, one Philox block per element.</summary>
public static class DropoutOracle
{
    /// <summary>x / (1 - p) where u >= p, else 0, with u from (element / 4, sample's index, step, purpose and layer).</summary>
    public static RefArray Apply(RefArray x, RefArray? sampleIndices, float p, DropoutKey key)
    {
        var y = new RefArray(x.Shape);
        int perSample = x.Count / x.Shape[0];
        for (int i = 0; i < x.Count; i++)
        {
            int element = i % perSample;
            uint sample = sampleIndices is null ? 0 : (uint)(int)sampleIndices.Values[i / perSample];
            uint[] words = PhiloxOracle.Draw([(uint)element / 4, sample, key.Step, ((uint)RandomPurpose.Dropout << 16) | key.Layer], key.Seed);
            double u = (words[element % 4] >> 8) * Math.Pow(2, -24);
            y.Values[i] = u >= p ? x.Values[i] / (1 - (double)p) : 0;
        }
        return y;
    }
}
