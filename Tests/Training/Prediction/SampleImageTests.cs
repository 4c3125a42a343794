using System.Text.Json;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Training.Data.Decoding;
using WrnEngine.Training;
using WrnEngine.Training.Data;
using WrnEngine.Training.Data.Decoding;

namespace WrnEngine.Tests.Training.Prediction;

/// <summary>The sample pictures of the repository and the trained networks that come with the program.</summary>
[Category("Training")]
public class SampleImageTests
{
    private const int Samples = 10;

    /// <summary>The documented command is right on most of them; how many is what <c>docs/samples/README.md</c> says.</summary>
    [TestCase("synthetic", "wrn-10-1-synthetic", 8)]
    [TestCase("fashion", "wrn-16-1-fashion-mnist", 9)]
    public void MostAreRecognised(string samples, string network, int expected)
    {
        string folder = Folder(samples);
        var (code, output, error) = Wrn.Run("predict", folder, "--checkpoint", network, "--json", "--top", "1", "--device", "cpu");
        Assert.That((code, error), Is.EqualTo((ExitCode.Ok, "")));
        int right = 0;
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (string line in lines)
        {
            using var json = JsonDocument.Parse(line);
            string file = Path.GetFileNameWithoutExtension(json.RootElement.GetProperty("file").GetString()!);
            string name = json.RootElement.GetProperty("predictions")[0].GetProperty("class").GetString()!;
            if (name.Replace(' ', '-').Replace('/', '-').Equals(file, StringComparison.OrdinalIgnoreCase)) right++;
        }

        Assert.That(lines, Has.Length.EqualTo(Samples));
        Assert.That(right, Is.EqualTo(expected));
    }

    /// <summary>The procedural samples are the first test image of each class, pixel for pixel.</summary>
    [Test]
    public void ProceduralSamplesAreTestImages()
    {
        var test = Images();
        for (int i = 0; i < Samples; i++)
        {
            var image = ImageDecoder.Decode(Path.Combine(Folder("synthetic"), Name(test, i)));
            Assert.That(image.Pixels.ToArray(), Is.EqualTo(test.Image(i).ToArray()), Name(test, i));
        }
    }

    /// <summary>Writes the procedural samples anew; run it by name after the set has changed.</summary>
    [Test, Explicit("writes docs/samples/synthetic")]
    public void WriteProceduralSamples()
    {
        var test = Images();
        for (int i = 0; i < Samples; i++)
        {
            string path = Path.Combine(Folder("synthetic"), Name(test, i));
            File.WriteAllBytes(path, Png.Encode(test.Image(i), test.Height, test.Width));
            Assert.That(File.Exists(path));
        }
    }

    private static ImageDataset Images() => SyntheticDataset.Create(seed: 1, threads: 2, trainCount: 10, testCount: Samples).Test;

    private static string Name(ImageDataset images, int index) => $"{images.ClassNames[images.Labels[index]]}.png";

    private static string Folder(string samples)
    {
        if (Repository.Root is null) Assert.Ignore("the sample pictures are in the source tree, and there is none here");
        return Path.Combine(Repository.Root!, "docs", "samples", samples);
    }
}
