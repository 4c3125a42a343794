using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Models.Safetensors;
using WrnEngine.Models.Safetensors.Naming;

namespace WrnEngine.Tests.Models.Safetensors.Naming;

/// <summary>Names as the other programs have them, written down from their sources.</summary>
[Category("Cpu")]
public class NamingSchemeTests
{
    private static readonly string[] NormParts = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"];

    /// <summary>Every key of <c>WideResNet(depth=10, num_classes=10, widen_factor=1).state_dict()</c>, xternalz/WideResNet-pytorch.</summary>
    [Test]
    public void Xternalz()
    {
        string[] expected =
        [
            "conv1.weight",
            .. Norm("block1.layer.0.bn1"), "block1.layer.0.conv1.weight", .. Norm("block1.layer.0.bn2"), "block1.layer.0.conv2.weight",
            .. Norm("block2.layer.0.bn1"), "block2.layer.0.conv1.weight", .. Norm("block2.layer.0.bn2"), "block2.layer.0.conv2.weight",
            "block2.layer.0.convShortcut.weight",
            .. Norm("block3.layer.0.bn1"), "block3.layer.0.conv1.weight", .. Norm("block3.layer.0.bn2"), "block3.layer.0.conv2.weight",
            "block3.layer.0.convShortcut.weight",
            .. Norm("bn1"), "fc.weight", "fc.bias",
        ];
        Assert.That(Keys(new WideResNetOptions(10, 1), "xternalz"), Is.EquivalentTo(expected));
    }

    [Test]
    public void XternalzNumbersGroupsAndBlocks()
    {
        var keys = Keys(new WideResNetOptions(28, 2), "xternalz");
        Assert.That(keys, Does.Contain("block1.layer.0.convShortcut.weight").And.Contain("block3.layer.3.bn2.running_var"));
        Assert.That(keys.Count(k => k.EndsWith(".num_batches_tracked", StringComparison.Ordinal)), Is.EqualTo(25));
        Assert.That(keys.Where(k => k.StartsWith("block2.layer.3.", StringComparison.Ordinal)).Count(k => !k.Contains("bn")), Is.EqualTo(2));
    }

    /// <summary>The flat dictionary of the authors' <c>pytorch/resnet.py</c>: convolutions are bare.</summary>
    [Test]
    public void Authors()
    {
        string[] parts = NormParts[..4];
        string[] expected =
        [
            "conv0",
            .. Enumerable.Range(0, 3).Select(g => $"group{g}.block0").SelectMany(
                b => new[] { $"{b}.conv0", $"{b}.conv1", $"{b}.convdim" }.Concat(parts.Select(p => $"{b}.bn0.{p}")).Concat(parts.Select(p => $"{b}.bn1.{p}"))),
            .. parts.Select(p => $"bn.{p}"), "fc.weight", "fc.bias",
        ];
        Assert.That(Keys(new WideResNetOptions(10, 2), "authors"), Is.EquivalentTo(expected));
    }

    /// <summary>torchvision's resnet18, whose names timm's has too.</summary>
    [TestCase("torchvision")]
    [TestCase("timm")]
    public void Resnet18(string scheme)
    {
        List<string> expected = ["conv1.weight", .. Norm("bn1"), "fc.weight", "fc.bias"];
        foreach (int layer in new[] { 1, 2, 3, 4 })
        {
            foreach (int block in new[] { 0, 1 })
                expected.AddRange([$"layer{layer}.{block}.conv1.weight", .. Norm($"layer{layer}.{block}.bn1"), $"layer{layer}.{block}.conv2.weight", .. Norm($"layer{layer}.{block}.bn2")]);
            if (layer > 1) expected.AddRange([$"layer{layer}.0.downsample.0.weight", .. Norm($"layer{layer}.0.downsample.1")]);
        }

        Assert.That(Keys(ImageNet("wrn-18", 1), scheme), Is.EquivalentTo(expected));
        Assert.That(expected, Has.Count.EqualTo(122), "the number of entries in resnet18's state_dict");
    }

    /// <summary>Sizes of torchvision's state dicts, and a few keys of each.</summary>
    [TestCase("wrn-50-2-bottleneck", 2, 320, "layer3.5.conv3.weight", "layer4.0.downsample.1.num_batches_tracked")]
    [TestCase("wrn-101-2-bottleneck", 2, 626, "layer3.22.conv3.weight", "layer1.0.downsample.0.weight")]
    [TestCase("resnet-50", 1, 320, "layer1.2.bn3.running_mean", "fc.bias")]
    public void Bottlenecks(string model, double k, int count, params string[] some)
    {
        using var device = new MetaDevice();
        using var network = new WideResNet(ImageNet(model, k), device);
        var names = NamingScheme.Find("torchvision");
        var own = network.NamedParameters().Concat(network.NamedBuffers()).Select(t => t.Name).ToList();
        string[] keys = [.. own.Select(names.Rename), .. own.Select(names.CounterBeside).OfType<string>()];
        Assert.That(keys, Has.Length.EqualTo(count).And.Unique);
        foreach (string key in some) Assert.That(keys, Does.Contain(key));
    }

    [TestCase("xternalz", "wrn-18", "two 3x3 convolutions")]
    [TestCase("authors", "wrn-18", "use torchvision")]
    [TestCase("torchvision", "wrn", "torchvision's names are for residual networks for ImageNet")]
    [TestCase("timm", "preact-200", "post-activation")]
    [TestCase("xternalz", "resnet-basic", "pre-activation order with projections")]
    [TestCase("xternalz", "preact-bottleneck", "two 3x3 convolutions")]
    public void ANetworkThatTheOtherProgramHasNot(string scheme, string model, string why)
    {
        var architecture = Architecture.Find(model);
        var network = new WideResNetOptions(architecture.DefaultDepth, architecture.DefaultWidenFactor) { Architecture = architecture };
        Assert.That(NamingScheme.Find(scheme).Refusal(network), Does.Contain(why));
    }

    [Test]
    public void AnUnknownScheme() => Assert.That(
        () => NamingScheme.Find("keras"), Throws.ArgumentException.With.Message.EqualTo("there are no names 'keras'; use one of authors, xternalz, torchvision, timm"));

    private static WideResNetOptions ImageNet(string name, double k)
    {
        var architecture = Architecture.Find(name);
        return new WideResNetOptions(architecture.DefaultDepth, k, 1000) { Architecture = architecture };
    }

    private static IEnumerable<string> Norm(string name) => NormParts.Select(p => $"{name}.{p}");

    private static List<string> Keys(WideResNetOptions options, string scheme)
    {
        using var device = new WrnEngine.Devices.Cpu.CpuDevice(1);
        using var model = new WideResNet(options, device);
        using var stream = new MemoryStream();
        WeightExport.Writer(model, NamingScheme.Find(scheme), SafetensorsDType.F32).WriteTo(stream);
        using var file = SafetensorsFile.Open(stream, "x");
        return [.. file.Tensors.Select(t => t.Name)];
    }
}
