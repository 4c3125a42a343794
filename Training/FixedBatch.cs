using WrnEngine.Devices;
using WrnEngine.Rng;
using WrnEngine.Tensors;

namespace WrnEngine.Training;

/// <summary>The same random images and labels every time: for measuring speed.</summary>
internal static class FixedBatch
{
    private const int Ordinal = 1; // apart from the procedural data set, which draws with the ordinal 0
    private const float Spread = 1.7f; // uniform on +-sqrt(3) has the variance of normalised images

    /// <summary>Images [count, 3, side, side] and labels [count].</summary>
    public static (Tensor Images, Tensor Labels) Create(Device device, int count, int side, int classes, ulong seed)
    {
        if ((long)count * 3 * side * side > Array.MaxLength)
            throw new UserException(ExitCode.DeviceFault, $"a batch of {count:N0} images does not fit in memory; give a smaller --batch-size.");
        var values = new float[count * 3 * side * side];
        for (int i = 0; i < values.Length; i += 4)
        {
            var words = Philox.Block(seed, (uint)(i / 4), 0, 0, RandomPurpose.Synthetic, Ordinal);
            for (int j = 0; j < 4 && i + j < values.Length; j++) values[i + j] = Spread * (2 * Philox.Uniform(words[j]) - 1);
        }

        int[] labels = [.. Enumerable.Range(0, count).Select(i => i % classes)];
        return (Tensor.From(values, [count, 3, side, side], device), Tensor.From(labels, [count], device));
    }
}
