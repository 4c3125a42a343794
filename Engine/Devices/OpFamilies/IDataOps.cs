using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>
/// Which random numbers a dropout layer draws: Philox key = seed; counter = (element / 4, sample's data-set index, step,
/// Dropout purpose &lt;&lt; 16 | layer); the element is the logical index (NCHW within the sample).
/// </summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Step">Optimizer steps done so far.</param>
/// <param name="Layer">Ordinal of the dropout layer in the model.</param>
public readonly record struct DropoutKey(ulong Seed, DeviceScalar<uint> Step, ushort Layer)
{
    /// <summary>Refuses what is no probability.</summary>
    /// <exception cref="ArgumentOutOfRangeException">p is not from 0 to 1.</exception>
    internal static void Verify(float p)
    {
        if (!(p >= 0 && p <= 1)) throw new ArgumentOutOfRangeException(nameof(p), $"the dropout probability is {p}; it must be from 0 to 1");
    }
}

/// <summary>Ops that draw random numbers on the device: dropout masks, and the crops and flips of training samples.</summary>
public interface IDataOps
{
    /// <summary>
    /// y (+)= x / (1 - p) where u >= p and 0 where u &lt; p, with u from <paramref name="key"/>. The same call on the gradient is the
    /// backward pass, so no mask is kept. <paramref name="sampleIndices"/> [N] int32, or null for zeros. y may be x when not accumulating.
    /// </summary>
    void Dropout(Tensor x, Tensor? sampleIndices, float p, in DropoutKey key, Tensor y, bool accumulate);

    /// <summary>
    /// y[n] = (moved image at indices[n] - mean) * scale, channel by channel: subtraction first, each step rounded, so that every device gives the same
    /// bits. Whoever calls makes sure that the indices are inside the images.
    /// </summary>
    /// <param name="images">[count, C, H, W] uint8, the data set.</param>
    /// <param name="indices">[N] int32, each in 0 .. count - 1; a sample's random numbers are drawn by its index.</param>
    /// <param name="mean">[C] float32, on the scale of the bytes, 0 to 255.</param>
    /// <param name="scale">[C] float32: 1 / standard deviation.</param>
    /// <param name="settings">Crops and flips.</param>
    /// <param name="y">[N, C, H, W] float32.</param>
    /// <exception cref="ShapeException">The padding is not smaller than the images.</exception>
    void Augment(Tensor images, Tensor indices, Tensor mean, Tensor scale, in AugmentSettings settings, Tensor y);
}
