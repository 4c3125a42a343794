using System.Text.Json;
using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Tests.Training.Data.Decoding;
using WrnEngine.Training;
using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Prediction;

/// <summary><c>wrn predict</c> on good, bad and strange files.</summary>
[Category("Training")]
public class PredictVerbTests
{
    private const string Network = "wrn-10-1-synthetic";

    private TempFolder _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = new TempFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void ATableOfTheLikeliestClasses()
    {
        string picture = _folder.Write("a picture.png", Png.Flat(200, 10, 10));
        var (code, output, error) = Predict(picture, "--top", "2");
        Assert.That((code, error), Is.EqualTo((ExitCode.Ok, "")));
        string[] rows = [.. output.Split('\n').Where(l => l.Contains('%'))];
        Assert.That(rows, Has.Length.EqualTo(2));
        Assert.That(rows[0], Does.Contain("a picture.png"));
        Assert.That(rows[1], Does.Not.Contain("a picture.png"));
    }

    /// <summary>Lines come in the order of the arguments, folders sorted by path with those below them, whatever the size of a batch; probabilities add up to 1.</summary>
    [Test]
    public void JsonLinesInOrder([Values(1, 2, 32)] int batchSize)
    {
        string last = _folder.Write("z.jpg", Fixture.Bytes("rgb.jpg"));
        foreach (string name in new[] { "f/b.png", "f/a.PNG", "f/sub/c.jpeg" })
            _folder.Write(name, name.EndsWith("jpeg", StringComparison.Ordinal) ? Fixture.Bytes("grey.jpg") : Png.Flat(1, 2, 3));
        _folder.Write("f/notes.txt", "no picture"u8);
        var (code, output, _) = Predict(last, _folder["f"], last, "--json", "--top", "99", "-b", $"{batchSize}");
        Assert.That(code, Is.EqualTo(ExitCode.Ok));
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(Array.ConvertAll(lines, FileOf), Is.EqualTo(new[] { last, _folder["f/a.PNG"], _folder["f/b.png"], _folder["f/sub/c.jpeg"], last }));
        using var json = JsonDocument.Parse(lines[0]);
        var predictions = json.RootElement.GetProperty("predictions");
        double[] probabilities = [.. Enumerable.Range(0, predictions.GetArrayLength()).Select(i => predictions[i].GetProperty("probability").GetDouble())];
        Assert.That(probabilities, Has.Length.EqualTo(10).And.Ordered.Descending);
        Assert.That(probabilities.Sum(), Is.EqualTo(1).Within(1e-12));
        Assert.That(lines[4], Is.EqualTo(lines[0]));
    }

    [Test]
    public void BadFilesAreNamedAndTheOthersPredicted()
    {
        string good = _folder.Write("good.png", Png.Flat(1, 2, 3));
        string[] bad =
        [
            _folder.Write("empty.png", []), _folder.Write("text.png", "not a picture"u8), _folder.Write("picture.gif", Fixture.Bytes("picture.gif")),
            _folder.Write("huge.png", Png.Encode(new byte[3], 1, 1) is var huge ? Resized(huge, 10_000, 10_000) : []),
            _folder.Write("cut.png", Png.Flat(1, 2, 3).AsSpan(..^30)), _folder["missing.png"],
        ];
        Directory.CreateDirectory(_folder["nothing"]);
        var (code, output, error) = Predict([.. bad, _folder["nothing"], good, "--json"]);
        Assert.That(code, Is.EqualTo(ExitCode.BadData));
        Assert.That(Array.ConvertAll(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), FileOf), Is.EqualTo(new[] { good }));
        string[] sentences = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(sentences, Has.Length.EqualTo(bad.Length + 1));
        foreach (var (sentence, file) in sentences.Zip(bad)) Assert.That(sentence, Does.StartWith("wrn: ").And.Contain(file).And.EndWith("."));
        Assert.That(sentences[3], Does.Contain("10000 x 10000"));
        Assert.That(sentences[^1], Does.Contain("holds no PNG or JPEG file"));
    }

    [Test]
    public void AMissingFileAloneIsNoBadData() => Assert.That(Predict(_folder["missing.png"]).ExitCode, Is.EqualTo(ExitCode.InputOutput));

    [Test]
    public void PrintedColoursAreRead() => Assert.That(Predict(_folder.Write("cmyk.jpg", Fixture.Bytes("cmyk.jpg"))).ExitCode, Is.EqualTo(ExitCode.Ok));

    /// <summary>Escape sequences, markup and turned writing in names are shown, not obeyed.</summary>
    [Test]
    public void StrangeNamesAreShownSafely()
    {
        string picture = _folder.Write("[red]\u001b[31m<script>\u202e.png", Png.Flat(1, 2, 3)), broken = _folder.Write("\u001b]0;x\u0007.png", []);
        string checkpoint = Checkpoint(Images() with { ClassNames = ["[bold]\u001b[5mx", "<b>", "c", "d", "e", "f", "g", "h", "i", "j\nk"] });
        var (code, output, error) = Wrn.Run("predict", picture, broken, "--checkpoint", checkpoint, "--top", "10", "--device", "cpu");
        Assert.That(code, Is.EqualTo(ExitCode.BadData));
        Assert.That(output + error, Does.Not.Contain('\u001b').And.Not.Contain('\u202e').And.Not.Contain('\u0007'));
        Assert.That(output, Does.Contain("[red]?[31m<script>?.png").And.Contain("[bold]?[5mx").And.Contain("<b>").And.Contain("j?k"));
        Assert.That(Wrn.Run("predict", picture, "--checkpoint", checkpoint, "--top", "10", "--json", "--device", "cpu").Output, Does.Not.Contain('\u001b').And.Not.Contain('<'));
    }

    [Test]
    public void WithoutNamesThereAreNumbers()
    {
        string picture = _folder.Write("a.png", Png.Flat(1, 2, 3));
        Assert.That(Wrn.Run("predict", picture, "--checkpoint", Checkpoint(Images() with { ClassNames = [] }), "--top", "10").Output, Does.Contain("class 7"));
    }

    [Test]
    public void ANetworkForWhitenedImagesRefuses()
    {
        var (code, _, error) = Wrn.Run("predict", _folder["a.png"], "--checkpoint", Checkpoint(Images() with { Normalization = null }));
        Assert.That(code, Is.EqualTo(ExitCode.BadData));
        Assert.That(error, Does.Contain("was trained on whitened images (--normalize zca)"));
    }

    [Test]
    public void AnEarlierCheckpointSaysWhatToDo()
    {
        var (code, _, error) = Wrn.Run("predict", _folder["a.png"], "--checkpoint", Checkpoint(null));
        Assert.That(code, Is.EqualTo(ExitCode.BadData));
        Assert.That(error, Does.Contain("export it with --dataset synthetic"));
    }

    [TestCase("predict --checkpoint wrn-10-1-synthetic", "predict needs FILE|DIR")]
    [TestCase("predict a.png", "predict needs --checkpoint")]
    [TestCase("predict a.png --chekpoint x", "did you mean --checkpoint?")]
    [TestCase("predict a.png --checkpoint wrn-10-1-synthetik", "did you mean wrn-10-1-synthetic?")]
    [TestCase("predict a.png --checkpoint wrn-10-1-synthetic --top 0", "--top must be a whole number of at least 1")]
    public void MistakesOfTheCommandLine(string line, string part)
    {
        var (code, output, error) = Wrn.Run(line.Split(' '));
        Assert.That(code, Is.EqualTo(part.Contains("synthetic?") ? ExitCode.InputOutput : ExitCode.Usage));
        Assert.That(output, Is.Empty);
        Assert.That(error, Does.Contain(part));
    }

    private static (int ExitCode, string Output, string Error) Predict(params string[] arguments) =>
        Wrn.Run(["predict", .. arguments, "--checkpoint", Network, "--device", "cpu"]);

    private static string? FileOf(string line)
    {
        using var json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty("file").GetString();
    }

    private static Preprocessing Images() => Preprocessing.Of(TinyRun.Data());

    private string Checkpoint(Preprocessing? images)
    {
        using var device = new CpuDevice(1);
        using var model = new WideResNet(new WideResNetOptions(10, 1), device);
        WrnEngine.Training.Checkpoints.Checkpoint.Save(
            _folder["c.safetensors"], model, null, new CheckpointState(model.Options, "synthetic", 1, 0, 0, default) { Preprocessing = images });
        return _folder["c.safetensors"];
    }

    /// <summary>A PNG whose header claims another size.</summary>
    private static byte[] Resized(byte[] png, int height, int width)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), width);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), height);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Png.Crc(png.AsSpan(12, 17)));
        return png;
    }
}
