using System.Text.Json.Nodes;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Browser;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;
using WrnEngine.Training.Explain;
using WrnEngine.Training.Prediction;

namespace WrnEngine.Tests.Training.Explain;

/// <summary>The numbers in the page of <c>wrn explain</c> are those of the engine, and the page shows them.</summary>
[Category("Training")]
internal sealed class ExplainPageTests : BrowserFixture
{
    private const string Network = "wrn-10-1-synthetic", Image = "test:3";

    private TempFolder _folder = null!;
    private JsonNode _data = null!;
    private string _page = null!;

    [OneTimeSetUp]
    public void Explain()
    {
        _folder?.Dispose();
        _folder = new TempFolder();
        _page = Path.Combine(_folder.Path, "explain.html");
        var (exitCode, _, error) = Wrn.Run("explain", "--checkpoint", Network, "--image", Image, "--images", "20", "--output", _page);
        Assert.That(exitCode, Is.EqualTo(ExitCode.Ok), error);
        _data = DataOf(_page);
    }

    [OneTimeTearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public void LogitsAndMapsAreThoseOfAForwardPass() => WithNetwork((predictor, image) =>
    {
        var activations = Activations.Of(predictor.Model, image);
        Assert.That(Base64Values.Read<float>(_data["logits"]!), Is.EqualTo(activations.Logits));
        Assert.That(activations.Logits, Is.EqualTo(Logits(predictor.Model, image)).Within(1e-4), "what is observed is not fused");
        foreach (var conv in _data["convs"]!.AsArray())
        {
            string name = (string)conv!["name"]!;
            Assert.That(Base64Values.Read<float>(conv["x"]!), Is.EqualTo(activations.Input(name).Values), name);
            var y = activations.Output(name);
            float[] expected = [.. conv["channels"]!.AsArray().SelectMany(c => y.Channel((int)c!).ToArray())];
            Assert.That(Base64Values.Read<float>(conv["y"]!), Is.EqualTo(expected), name);
        }
    });

    /// <summary>|F(x)| follows from the block's output without asking any layer within: output - shortcut.</summary>
    [Test]
    public void NormsOfTheSumsAreThoseOfTheBlocks() => WithNetwork((predictor, image) =>
    {
        var activations = Activations.Of(predictor.Model, image);
        foreach (var block in _data["blocks"]!.AsArray())
        {
            string name = (string)block!["name"]!;
            var shortcut = (string)block["shortcut"]! == "identity" ? activations.Input(name) : activations.Output($"{name}.convdim");
            var residual = activations.Output(name).Minus(shortcut);
            Assert.That((double)block["sumNorm"]!, Is.EqualTo(activations.Output(name).Norm).Within(1e-4).Percent, name);
            Assert.That((double)block["residualNorm"]!, Is.EqualTo(residual.Norm).Within(0.01).Percent, name);
            Assert.That((double)block["ratio"]!, Is.EqualTo(residual.Norm / shortcut.Norm).Within(0.01).Percent, name);
            Assert.That((double)block["gradient"]!, Is.GreaterThan(0), name);
            Assert.That((double)block["plainGradient"]!, Is.GreaterThan(0), name);
        }
    });

    /// <summary>The sum of each output pixel's products, in double, and what the warp stored, against the engine's output.</summary>
    [Test]
    public void ProductsAndRecordedStoresGiveTheOutput()
    {
        foreach (var c in _data["convs"]!.AsArray())
        {
            var conv = c!.AsObject();
            float[] y = Base64Values.Read<float>(conv["y"]!), stored = Stored(conv);
            int[] channels = [.. conv["channels"]!.AsArray().Select(n => (int)n!)];
            int area = (int)conv["outHeight"]! * (int)conv["outWidth"]!, outChannels = (int)conv["outChannels"]!;
            double scale = y.Max(v => Math.Abs(v));
            for (int k = 0; k < channels.Length; k++)
            {
                for (int pixel = 0; pixel < area; pixel += 7)
                {
                    double sum = Sum(conv, k, pixel / (int)conv["outWidth"]!, pixel % (int)conv["outWidth"]!);
                    Assert.That(y[(k * area) + pixel], Is.EqualTo(sum).Within(1e-5 * scale), $"{conv["name"]}, channel {channels[k]}, pixel {pixel}");
                    Assert.That(stored[(pixel * outChannels) + channels[k]], Is.EqualTo(sum).Within(1e-5 * scale), $"{conv["name"]} on the simulator, channel {channels[k]}, pixel {pixel}");
                }
            }

            Assert.That(conv["warp"]!["lines"]!.AsArray().Select(l => (string)l!["text"]!), Has.All.Contains(" > "), "each line of CUDA is shown");
        }
    }

    /// <summary>Skipping a block is running the network with that block's input as its output.</summary>
    [Test]
    public void ASkippedBlockAddsNothing() => WithNetwork((predictor, image) =>
    {
        var network = new NetworkStudy(predictor.State.Model, 32, 32);
        var block = network.Blocks.First(b => b.IsIdentity);
        float[] before = Logits(predictor.Model, image);
        var sum = default(ResidualSum);
        _ = BlockStudy.Without(predictor.Model, block, () =>
        {
            sum = ResidualSum.Of(block, Activations.Of(predictor.Model, image));
            return default;
        });
        Assert.That(sum!.Residual.Norm, Is.Zero);
        Assert.That(sum.Sum.Values, Is.EqualTo(sum.Shortcut!.Values));
        Assert.That(Logits(predictor.Model, image), Is.EqualTo(before), "the weights are back");
    });

    [Test]
    public void ThePageIsWellAndAClickShowsTheSumOfItsPixel() => PageCheck.Verify(Page, _page, (page, view) =>
    {
        // Four pixels of the screen behind the middle, where four pixels of the image meet.
        page.Click("#output-map", Half("clientWidth") + 4, Half("clientHeight") + 4);
        double Half(string side) => (double)page.Evaluate($"document.getElementById('output-map').{side}")! / 2;
        var conv = _data["convs"]!.AsArray()[^1]!.AsObject();
        string where = page.Text("#pixel-where");
        int[] at = [.. where[(where.IndexOf('[', StringComparison.Ordinal) + 1)..where.IndexOf(']', StringComparison.Ordinal)].Split(", ").Select(int.Parse)];
        Assert.That((at[0], at[1]), Is.EqualTo(((int)conv["outHeight"]! / 2, (int)conv["outWidth"]! / 2)), $"the middle was clicked, {view}");
        int channel = conv["channels"]!.AsArray().Select(c => (int)c!).ToList().IndexOf(at[2]);
        double shown = double.Parse((string)page.Evaluate("document.getElementById('pixel-sum').dataset.value")!, System.Globalization.CultureInfo.InvariantCulture);
        double byWarp = double.Parse((string)page.Evaluate("document.getElementById('warp-value').dataset.value")!, System.Globalization.CultureInfo.InvariantCulture);
        double expected = Sum(conv, channel, at[0], at[1]);
        Assert.That(shown, Is.EqualTo(expected).Within(1e-9 + (1e-9 * Math.Abs(expected))));
        Assert.That(byWarp, Is.EqualTo(expected).Within(1e-4 + (1e-4 * Math.Abs(expected))));
        Assert.That((int)page.Evaluate("document.querySelectorAll('#lanes button').length")!, Is.EqualTo(32));
    });

    private static double Sum(JsonObject conv, int shown, int row, int column)
    {
        float[] x = Base64Values.Read<float>(conv["x"]!), weight = Base64Values.Read<float>(conv["weight"]!);
        int channels = (int)conv["inChannels"]!, height = (int)conv["height"]!, width = (int)conv["width"]!, stride = (int)conv["stride"]!, padding = (int)conv["padding"]!;
        double sum = 0;
        for (int c = 0; c < channels; c++)
        {
            for (int r = 0; r < 3; r++)
            {
                for (int s = 0; s < 3; s++)
                {
                    int h = (row * stride) + r - padding, w = (column * stride) + s - padding;
                    if (h >= 0 && h < height && w >= 0 && w < width) sum += (double)x[(((c * height) + h) * width) + w] * weight[(((((shown * channels) + c) * 3) + r) * 3) + s];
                }
            }
        }

        return sum;
    }

    /// <summary>The output [H, W, C] as the recorded stores put it together; NaN where nothing was stored.</summary>
    private static float[] Stored(JsonObject conv)
    {
        var warp = conv["warp"]!;
        int[] elements = Base64Values.Read<int>(warp["elements"]!);
        float[] values = Base64Values.Read<float>(warp["values"]!);
        int width = (int)warp["width"]!;
        var y = new float[(int)conv["outHeight"]! * (int)conv["outWidth"]! * (int)conv["outChannels"]!];
        Array.Fill(y, float.NaN);
        for (int i = 0; i < elements.Length; i++)
            for (int q = 0; q < width && elements[i] >= 0; q++) y[elements[i] + q] = values[(i * width) + q];
        Assert.That(y, Has.None.NaN, "every output was stored, and recorded");
        return y;
    }

    private static float[] Logits(WideResNet model, Tensor image)
    {
        using var scope = new StepScope();
        using var noGrad = new Autograd.NoGrad();
        return model.Forward(image).ToArray<float>();
    }

    private static void WithNetwork(Action<Predictor, Tensor> test)
    {
        using var device = new CpuDevice(2);
        using var predictor = new Predictor(TrainedNetworks.Resolve(Network), device);
        using var scope = new StepScope();
        var (_, images) = WrnEngine.Training.Data.SyntheticDataset.Create(seed: 1, threads: 2, 10, 10);
        test(predictor, predictor.ToTensor([images.Image(3).ToArray()]));
    }

    internal static JsonNode DataOf(string page)
    {
        const string Open = "<script type=\"application/json\" id=\"data\">";
        string text = File.ReadAllText(page);
        int start = text.IndexOf(Open, StringComparison.Ordinal) + Open.Length;
        return JsonNode.Parse(text[start..text.IndexOf("</script>", start, StringComparison.Ordinal)])!;
    }
}
