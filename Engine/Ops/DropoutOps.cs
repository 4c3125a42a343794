using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Tensors;

namespace WrnEngine.Ops;

/// <summary>Dropout with masks that are a function of seed, step, layer, sample and element: the same on every device.</summary>
public static class DropoutOps
{
    /// <summary>Zeroes each element with probability <paramref name="p"/> and divides the others by 1 - p (inverted dropout).</summary>
    /// <param name="x">[N, ...]; the first axis counts samples.</param>
    /// <param name="p">Probability of dropping, 0 &lt;= p &lt; 1; 0 returns x.</param>
    /// <param name="key">Which random numbers to draw.</param>
    /// <param name="sampleIndices">[N] int32, the samples' indices in the data set; null counts as zeros.</param>
    /// <exception cref="ShapeException">p is out of range or the indices do not fit.</exception>
    public static Tensor Dropout(this Tensor x, float p, DropoutKey key, Tensor? sampleIndices = null)
    {
        Check.Float("dropout", x);
        if (!(p is >= 0 and < 1)) throw new ShapeException($"dropout: the probability {p} is not in 0 <= p < 1");
        if (x.Rank is not (2 or 4)) throw new ShapeException($"dropout: x has shape {x.Shape}, expected [N, features] or [N, C, H, W]");
        if (sampleIndices is not null && (sampleIndices.DType != DType.Int32 || sampleIndices.Shape != new Shape(x.Shape[0])))
            throw new ShapeException($"dropout: sample indices are {sampleIndices.DType.ShortName()}{sampleIndices.Shape}, expected i32[{x.Shape[0]}] for x {x.Shape}");
        if (p == 0) return x;
        var y = Tensor.Empty(x.Shape, x.Device, x.DType);
        x.Device.Data.Dropout(x, sampleIndices, p, key, y, accumulate: false);
        if (GradTape.Records(x))
            GradTape.Record("dropout", y, [x], sampleIndices is null ? [] : [sampleIndices], n =>
                n.GradOutput.Device.Data.Dropout(n.GradOutput, sampleIndices is null ? null : n.Saved(0), p, key, n.GradInput(0, out bool add), add));
        return y;
    }
}
