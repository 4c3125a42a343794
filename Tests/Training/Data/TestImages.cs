using WrnEngine.Rng;
using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Data;

/// <summary>Small data sets of random bytes.</summary>
internal static class TestImages
{
    public static ImageDataset Create(int count, int height = 32, int width = 32, int classes = 10, ulong seed = 1)
    {
        var pixels = new byte[count * height * width * 3];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)Philox.Block(seed, (uint)i, 0, 0, RandomPurpose.Synthetic).X;
        var labels = new int[count];
        for (int i = 0; i < count; i++)
            labels[i] = (int)Philox.Below(Philox.Block(seed, (uint)i, 0, 1, RandomPurpose.Synthetic).X, (uint)classes);
        return new ImageDataset("test", [.. Enumerable.Range(0, classes).Select(i => $"class {i}")], height, width, pixels, labels);
    }
}
