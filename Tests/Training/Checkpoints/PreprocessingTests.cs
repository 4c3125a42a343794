using WrnEngine.Models;
using WrnEngine.Training;
using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Checkpoints;

/// <summary>What a checkpoint says of the images its network reads.</summary>
[Category("Training")]
public class PreprocessingTests
{
    private static readonly Preprocessing Full = new()
    {
        Height = 32,
        Width = 30,
        Border = 2,
        ResizedSide = 37,
        Normalization = new ChannelNormalization([125.30691f, -0.1f, 1e-7f], [0.1f + 0.2f, 63, 1 / 3f]),
        ClassNames = ["plain", "\"quoted\" <b>", "line\nbreak\u001b[31m", "\u00fc\ud83d\ude00", "", "[]", "a,b", "h", "i", "j"],
    };

    [Test]
    public void ComesBackToTheBit()
    {
        var read = Roundtrip(Full)!;
        Assert.Multiple(() =>
        {
            Assert.That(read with { ClassNames = Full.ClassNames, Normalization = Full.Normalization }, Is.EqualTo(Full));
            Assert.That(read.Normalization!.Mean.ToArray(), Is.EqualTo(Full.Normalization!.Mean.ToArray()));
            Assert.That(read.Normalization.Std.ToArray(), Is.EqualTo(Full.Normalization.Std.ToArray()));
            Assert.That(read.ClassNames, Is.EqualTo(Full.ClassNames));
        });
    }

    [Test]
    public void WhitenedImagesHaveNoConstants()
    {
        var read = Roundtrip(Full with { Normalization = null, ResizedSide = null, Border = 0, ClassNames = [] })!;
        Assert.That(read.Normalization, Is.Null);
        Assert.That((read.ResizedSide, read.Border, read.ClassName(3)), Is.EqualTo(((int?)null, 0, "class 3")));
    }

    [Test]
    public void EarlierFilesHaveNone() => Assert.That(Roundtrip(null), Is.Null);

    [Test]
    public void NamesThatAreTooLongAreLeftOut()
    {
        var names = Enumerable.Range(0, 10).Select(i => new string('x', 40_000) + i).ToArray();
        Assert.That(Roundtrip(Full with { ClassNames = names })!.ClassNames, Is.Empty);
        var many = Enumerable.Range(0, 300).Select(i => new string('\u00e4', 500) + i).ToArray();
        Assert.That(Roundtrip(Full with { ClassNames = many }, classes: 300)!.ClassNames, Is.Empty);
    }

    [TestCase("image_height", "0")]
    [TestCase("image_height", "1025")]
    [TestCase("image_height", "032")]
    [TestCase("image_width", "-3")]
    [TestCase("image_border", "16")]
    [TestCase("image_resize", "31")]
    [TestCase("image_mean", "1 2")]
    [TestCase("image_mean", "1 2 3 4")]
    [TestCase("image_mean", "1 2 NaN")]
    [TestCase("image_mean", "1 2 3.0")]
    [TestCase("image_std", "1 2 0")]
    [TestCase("image_std", "1 2 1E-30")]
    [TestCase("image_std", "1 2 -5")]
    [TestCase("image_whitening", "pca")]
    [TestCase("class_names", "plain")]
    [TestCase("class_names", "[\"one\"]")]
    [TestCase("class_names", "[1,2,3,4,5,6,7,8,9,10]")]
    [TestCase("class_names", "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",[]]")]
    [TestCase("class_names", "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\"] []")]
    [TestCase("class_names", "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"\\ud800\"]")]
    public void WrongLinesAreRefused(string key, string value)
    {
        var lines = Lines(Full);
        lines[key] = value;
        Assert.That(
            () => CheckpointMetadata.Read("x", lines), Throws.InstanceOf<CheckpointException>().With.Message.EqualTo($"'x' has an unusable value for '{key}' in its metadata"));
    }

    [Test]
    public void AMissingLineIsNamed()
    {
        var lines = Lines(Full);
        lines.Remove("image_std");
        Assert.That(() => CheckpointMetadata.Read("x", lines), Throws.InstanceOf<CheckpointException>().With.Message.Contains("'image_std'"));
    }

    /// <summary>A list of a million names is given up at the first one too many.</summary>
    [Test]
    public void AMillionNames()
    {
        var lines = Lines(Full);
        lines["class_names"] = $"[{string.Join(',', Enumerable.Repeat("\"n\"", 1_000_000))}]";
        CheckpointMetadata.Read("x", Lines(Full));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => CheckpointMetadata.Read("x", lines), Throws.InstanceOf<CheckpointException>());
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(8_000_000));
    }

    [Test]
    public void ARunWritesThem()
    {
        using var folder = new ScratchFolder();
        var data = TinyRun.Data();
        TinyRun.Run(TinyRun.Plan(epochs: 1), data, folder.Path);
        using var checkpoint = Checkpoint.Open(folder[Checkpoint.LastFileName]);
        var read = checkpoint.ReadState().Preprocessing!;
        Assert.Multiple(() =>
        {
            Assert.That((read.Height, read.Width, read.Border, read.ResizedSide), Is.EqualTo((32, 32, 0, (int?)null)));
            Assert.That(read.Normalization!.Mean.ToArray(), Is.EqualTo(data.Normalization.Mean.ToArray()));
            Assert.That(read.Normalization.Std.ToArray(), Is.EqualTo(data.Normalization.Std.ToArray()));
            Assert.That(read.ClassNames, Is.EqualTo(data.Train.Source.ClassNames));
        });
    }

    private static Preprocessing? Roundtrip(Preprocessing? images, int classes = 10) =>
        CheckpointMetadata.Read("x", Lines(images, classes)).Preprocessing;

    private static Dictionary<string, string> Lines(Preprocessing? images, int classes = 10) => CheckpointMetadata.Write(
        new CheckpointState(new WideResNetOptions(10, 1, classes), "synthetic", 1, 0, 0, default) { Preprocessing = images }).ToDictionary();
}
