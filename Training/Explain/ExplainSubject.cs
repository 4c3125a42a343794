using WrnEngine.Tensors;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;
using WrnEngine.Training.Prediction;

namespace WrnEngine.Training.Explain;

/// <summary>A trained network with the image that it is explained on.</summary>
internal sealed class ExplainSubject
{
    private ExplainSubject(Predictor predictor, byte[] pixels, string imageName) => (Predictor, Pixels, ImageName) = (predictor, pixels, imageName);

    /// <summary>The network, ready to predict.</summary>
    public Predictor Predictor { get; }

    /// <summary>[H, W, 3] bytes.</summary>
    public byte[] Pixels { get; }

    /// <summary>What the image is called.</summary>
    public string ImageName { get; }

    /// <summary>Its class, where it is known.</summary>
    public int? Label { get; private init; }

    /// <summary>Images to measure errors on: the first of the data set's test images; only the one image where it is a file.</summary>
    public IReadOnlyList<byte[]> Images { get; private init; } = [];

    /// <summary>Their classes.</summary>
    public IReadOnlyList<int> Labels { get; private init; } = [];

    /// <summary>Loads the image.</summary>
    /// <param name="predictor">The network; it stays the caller's.</param>
    /// <param name="image">A PNG or JPEG file, or <c>test:N</c> or <c>train:N</c> for image N of the data set.</param>
    /// <param name="count">How many test images to measure errors on.</param>
    /// <param name="options">Where the data set is.</param>
    /// <exception cref="UserException">There is no such image.</exception>
    /// <exception cref="DatasetException">The image or the data set can't be read.</exception>
    public static ExplainSubject Load(Predictor predictor, string image, int count, ParsedOptions options) =>
        Index(image) is var (isTest, index) && !File.Exists(image)
            ? OfDataset(predictor, isTest, index, count, options)
            : new ExplainSubject(predictor, predictor.Input.ReadPixels(image), Path.GetFileName(image));

    /// <summary>The image as the network reads it, [1, 3, H, W].</summary>
    public Tensor ToTensor() => Predictor.ToTensor([Pixels]);

    private static ExplainSubject OfDataset(Predictor predictor, bool isTest, int index, int count, ParsedOptions options)
    {
        if (!options.IsGiven(DataOptions.Dataset)) options.Decide(DataOptions.Dataset, predictor.State.Dataset);
        // The checkpoint's own constants normalise, so the data set's need not be found out.
        var data = DatasetCatalog.Load(DataOptions.Prepared(options) with { Normalization = NormalizationSource.Unit, Augmentation = Augmentation.None, SvhnExtra = SvhnExtra.Off });
        var (train, test) = (data.Train.Source, data.Test.Source);
        if (data.ClassCount != predictor.State.Model.NumClasses)
        {
            throw new UserException(
                ExitCode.BadData, $"the checkpoint's network has {predictor.State.Model.NumClasses} classes, but {data.Name} has {data.ClassCount}; give another --dataset.");
        }

        var source = isTest ? test : train;
        if (index >= source.Count)
            throw new UserException(ExitCode.Usage, $"--image {(isTest ? "test" : "train")}:{index} is past the end: {data.Name} has {source.Count:N0} such images, numbered from 0.");
        return new ExplainSubject(predictor, Fit(source, index), $"{data.Name}, {(isTest ? "test" : "training")} image {index}")
        {
            Label = source.Labels[index],
            Images = [.. Enumerable.Range(0, Math.Min(count, test.Count)).Select(i => Fit(test, i))],
            Labels = [.. test.Labels.Take(count)],
        };

        byte[] Fit(ImageDataset images, int i)
        {
            var pixels = new byte[predictor.Input.Size];
            predictor.Input.Fit(images.Read(i), pixels);
            return pixels;
        }
    }

    /// <summary>The split and number that <c>test:17</c> names.</summary>
    private static (bool IsTest, int Index)? Index(string image)
    {
        int colon = image.IndexOf(':', StringComparison.Ordinal);
        bool isTest = colon > 0 && image[..colon] == "test";
        return (isTest || (colon > 0 && image[..colon] == "train")) && int.TryParse(image.AsSpan(colon + 1), System.Globalization.NumberStyles.None, null, out int index)
            ? (isTest, index) : null;
    }
}
