using WrnEngine.Devices;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;
using static WrnEngine.Tests.Support.OpArgument;

namespace WrnEngine.Tests.Support.OpCases;

/// <summary>
/// Dropout: the mask is a function of seed, step, layer, sample and logical element, so every value is known. Augmentation: likewise, by seed, epoch and
/// sample.
/// </summary>
public static class DataCases
{
    private static readonly Shape[] Shapes = [[1, 1, 1, 1], [3, 17, 5, 7], [3, 3, 4, 4], [2, 160, 9, 11], [5, 33], [3, 7]];

    public static IEnumerable<OpCase> All()
    {
        foreach (var shape in Shapes)
        {
            yield return Dropout(shape, 0.3f, samples: true, accumulate: false, new DropoutKey(42, 0, 0));
            yield return Dropout(shape, 0.3f, samples: true, accumulate: true, new DropoutKey(0xFEDCBA9876543210, 70_000, 65_535));
            yield return Dropout(shape, 0.5f, samples: false, accumulate: false, new DropoutKey(1, 3, 7));
        }
        yield return Dropout([3, 17, 5, 7], 0, samples: true, accumulate: false, new DropoutKey(42, 0, 0));
        yield return Dropout([3, 17, 5, 7], 0.95f, samples: true, accumulate: false, new DropoutKey(42, 0, 0));
        yield return DropoutInPlace([3, 17, 5, 7], 0.4f, new DropoutKey(42, 1, 2));
        foreach (var shape in (Shape[])[[3, 17, 5, 7], [3, 17, 4, 4], [2, 160, 8, 10], [5, 32], [3, 7]])
        {
            foreach (bool accumulate in (bool[])[false, true])
                yield return Dropout(shape, 0.3f, samples: true, accumulate, new DropoutKey(42, 0, 0)).InBFloat16("x", "y");
        }
        yield return Augment([1, 1, 1, 1], 1, default);
        yield return Augment([5, 3, 9, 7], 8, default);
        yield return Augment([5, 3, 9, 7], 8, new AugmentSettings(42, 0, 0, Flip: true));
        yield return Augment([5, 3, 9, 7], 8, new AugmentSettings(42, 3, 4, Flip: false));
        yield return Augment([17, 3, 32, 32], 6, new AugmentSettings(0xFEDCBA9876543210, 199, 4, Flip: true));
        yield return Augment([3, 3, 41, 37], 4, new AugmentSettings(7, 1, 5, Flip: true));
        yield return Augment([4, 5, 3, 6], 9, new AugmentSettings(7, 1, 2, Flip: true));
        yield return Augment([5, 3, 9, 7], 8, default).InBFloat16("y");
        yield return Augment([3, 3, 41, 37], 4, new AugmentSettings(7, 1, 5, Flip: true)).InBFloat16("y");
    }

    private static OpCase Dropout(Shape shape, float p, bool samples, bool accumulate, DropoutKey key) => new()
    {
        Method = AllCases.Method<IDataOps>(nameof(IDataOps.Dropout)),
        Name = $"{shape} p {p} seed {key.Seed}{(samples ? "" : " without indices")}{AllCases.Accumulating(accumulate)}",
        Arguments =
        [
            Input("x", shape), Target("y", shape, accumulate), .. samples ? [Integers("samples", [shape[0]], 50_000)] : (OpArgument[])[],
        ],
        Reference = a => a.Store("y", DropoutOracle.Apply(a["x"], samples ? a["samples"] : null, p, key), accumulate),
        Run = (device, t) => device.Data.Dropout(t["x"], samples ? t["samples"] : null, p, key, t["y"], accumulate),
        Flops = 2 * shape.Numel,
    };

    private static OpCase DropoutInPlace(Shape shape, float p, DropoutKey key) => new()
    {
        Method = AllCases.Method<IDataOps>(nameof(IDataOps.Dropout)),
        Name = $"{shape} p {p} in place",
        Arguments = [InOut("x", shape)],
        Reference = a => a["x"] = DropoutOracle.Apply(a["x"], null, p, key),
        Run = (device, t) => device.Data.Dropout(t["x"], null, p, key, t["x"], false),
        Flops = 2 * shape.Numel,
    };

    /// <param name="images">[count, C, H, W].</param>
    /// <param name="samples">How many samples; some images come several times.</param>
    /// <param name="settings">Crops and flips.</param>
    private static OpCase Augment(Shape images, int samples, AugmentSettings settings) => new()
    {
        Method = AllCases.Method<IDataOps>(nameof(IDataOps.Augment)),
        Name = $"{samples} of {images} seed {settings.Seed} epoch {settings.Epoch} padding {settings.Padding}{(settings.Flip ? " flip" : "")}",
        Arguments =
        [
            new OpArgument("images", images, ArgumentRole.Input, (data, shape) => data.Integers(shape, 256), DType.UInt8),
            Integers("indices", [samples], images[0]),
            Input("mean", [images[1]], (data, shape) => data.Uniform(shape, 100, 150)), Input("scale", [images[1]], (data, shape) => data.Uniform(shape, 0.01, 0.02)),
            Output("y", [samples, images[1], images[2], images[3]]),
        ],
        Reference = a => a["y"] = AugmentOracle.Apply(a["images"], a["indices"], a["mean"], a["scale"], settings),
        Run = (device, t) => device.Data.Augment(t["images"], t["indices"], t["mean"], t["scale"], settings, t["y"]),
        Flops = 2L * samples * images[1] * images[2] * images[3],
    };
}
