using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Models;

/// <summary>The names in checkpoints, which are the authors' own, and the rows of a summary.</summary>
public class WideResNetNameTests
{
    [Test]
    public void ParametersCarryTheAuthorsNames()
    {
        using var device = new CpuDevice(1);
        using var model = new WideResNet(new WideResNetOptions(10, 1), device);
        string[] expected =
        [
            "conv0",
            .. BlockParameters("group0.block0", projection: false),
            .. BlockParameters("group1.block0", projection: true),
            .. BlockParameters("group2.block0", projection: true),
            "bn.weight", "bn.bias", "fc.weight", "fc.bias",
        ];
        Assert.That(model.NamedParameters().Select(p => p.Name), Is.EqualTo(expected));
    }

    [Test]
    public void BuffersAreTheRunningStatistics()
    {
        using var device = new CpuDevice(1);
        using var model = new WideResNet(new WideResNetOptions(16, 1), device);
        var norms = from g in Enumerable.Range(0, 3) from b in Enumerable.Range(0, 2) from n in Enumerable.Range(0, 2) select $"group{g}.block{b}.bn{n}";
        Assert.That(model.NamedBuffers().Select(p => p.Name), Is.EqualTo(norms.Append("bn").SelectMany(n => new[] { n + ".running_mean", n + ".running_var" })));
    }

    /// <summary>A projection stands exactly where the number of channels changes: not in the first group when k is 1.</summary>
    [TestCase(1, "group1.block0.convdim,group2.block0.convdim")]
    [TestCase(2, "group0.block0.convdim,group1.block0.convdim,group2.block0.convdim")]
    public void Projections(int k, string expected)
    {
        using var device = new CpuDevice(1);
        using var model = new WideResNet(new WideResNetOptions(22, k), device);
        Assert.That(model.NamedParameters().Select(p => p.Name).Where(n => n.EndsWith("convdim", StringComparison.Ordinal)), Is.EqualTo(expected.Split(',')));
    }

    [Test]
    public void ShapesAreInTheOrderOutInRowsColumns()
    {
        using var device = new CpuDevice(1);
        using var model = new WideResNet(new WideResNetOptions(10, 2, NumClasses: 7), device);
        var shapes = model.NamedParameters().Concat(model.NamedBuffers()).ToDictionary(p => p.Name, p => p.Value.Shape);
        Assert.That(shapes["conv0"], Is.EqualTo(new Shape(16, 3, 3, 3)));
        Assert.That(shapes["group0.block0.conv0"], Is.EqualTo(new Shape(32, 16, 3, 3)));
        Assert.That(shapes["group1.block0.convdim"], Is.EqualTo(new Shape(64, 32, 1, 1)));
        Assert.That(shapes["group2.block0.bn1.running_var"], Is.EqualTo(new Shape(128)));
        Assert.That(shapes["fc.weight"], Is.EqualTo(new Shape(7, 128)));
        Assert.That(shapes["fc.bias"], Is.EqualTo(new Shape(7)));
    }

    [TestCase(10, 1, 0f)]
    [TestCase(16, 2, 0.3f)]
    [TestCase(28, 1, 0f)]
    public void SummaryRowsAddUpToTheNetwork(int depth, int k, float dropRate)
    {
        using var device = new CpuDevice(1);
        using var model = new WideResNet(new WideResNetOptions(depth, k, DropRate: dropRate), device);
        var rows = model.Describe([2, 3, 32, 32]).ToList();
        Assert.That(rows.Select(r => r.Name), Is.Unique);
        Assert.That(rows.Sum(r => r.Parameters), Is.EqualTo(model.ParameterCount));
        foreach (var row in rows)
        {
            long owned = model.NamedParameters().Where(p => p.Name == row.Name || p.Name == row.Name + ".weight" || p.Name == row.Name + ".bias").Sum(p => p.Value.Numel);
            Assert.That(row.Parameters, Is.EqualTo(owned), row.Name);
        }
        Assert.That(rows.Count(r => r.Kind == "Dropout"), Is.EqualTo(dropRate > 0 ? (depth - 4) / 2 : 0));
        Assert.That(rows.Where(r => r.Depth != 2).Zip(rows.Where(r => r.Depth != 2).Skip(1)).All(p => p.Second.Name.EndsWith("convdim", StringComparison.Ordinal)
            || p.First.Name.EndsWith("convdim", StringComparison.Ordinal) || p.Second.Input == p.First.Output), "each layer reads what the one above it wrote");
    }

    [Test]
    public void SummaryRowsOfTheFirstBlockAndTheEnd()
    {
        using var device = new CpuDevice(1);
        using var model = new WideResNet(new WideResNetOptions(10, 2), device);
        var rows = model.Describe([4, 3, 32, 32]).ToList();
        Assert.That(rows[0], Is.EqualTo(new LayerInfo("conv0", "Conv2d 3x3", 1, [4, 3, 32, 32], [4, 16, 32, 32], 432, 4L * 32 * 32 * 432)));
        Assert.That(string.Join(" ", rows.Select(r => r.Name).Skip(1).Take(6)), Is.EqualTo(
            "group0.block0 group0.block0.bn0 group0.block0.conv0 group0.block0.bn1 group0.block0.conv1 group0.block0.convdim"));
        Assert.That(rows.Single(r => r.Name == "group1.block0.conv0"), Is.EqualTo(
            new LayerInfo("group1.block0.conv0", "Conv2d 3x3 /2", 3, [4, 32, 32, 32], [4, 64, 16, 16], 64 * 32 * 9, 4L * 16 * 16 * 64 * 32 * 9)));
        Assert.That(rows.Single(r => r.Name == "group2.block0.convdim").Output, Is.EqualTo(new Shape(4, 128, 8, 8)));
        Assert.That(rows[^2].Output, Is.EqualTo(new Shape(4, 128)));
        Assert.That(rows[^1], Is.EqualTo(new LayerInfo("fc", "Linear", 1, [4, 128], [4, 10], 1290, 4 * 1280)));
    }

    [TestCase("wrn", "3,1,1", null, "bn0.weight bn0.bias conv0 bn1.weight bn1.bias conv1 bn2.weight bn2.bias conv2 convdim")]
    [TestCase("wrn", "3,3", LayerOrder.Post, "conv0 bn0.weight bn0.bias conv1 bn1.weight bn1.bias convdim bndim.weight bndim.bias")]
    public void ParametersOfOtherBlocks(string family, string block, LayerOrder? order, string names)
    {
        using var device = new MetaDevice();
        using var model = new WideResNet(new WideResNetOptions(10, 2) { Architecture = Architecture.Find(family), Block = block, Order = order }, device);
        Assert.That(
            model.NamedParameters().Select(p => p.Name).Where(n => n.StartsWith("group0.block0.", StringComparison.Ordinal)),
            Is.EqualTo(names.Split(' ').Select(n => $"group0.block0.{n}")));
        Assert.That(model.NamedParameters().Any(p => p.Name == "bn.weight"), Is.EqualTo(order is null));
        Assert.That(model.NamedParameters().Any(p => p.Name == "bn0.weight"), Is.EqualTo(order == LayerOrder.Post));
    }

    /// <summary>torchvision's wide_resnet50_2 has 320 tensors, 53 of which only count batches.</summary>
    [Test]
    public void NetworksForImageNetCarryTorchvisionsNames()
    {
        using var device = new MetaDevice();
        using var model = new WideResNet(new WideResNetOptions(50, 2, 1000) { Architecture = Architecture.Find("wrn-50-2-bottleneck") }, device);
        var shapes = model.NamedParameters().Concat(model.NamedBuffers()).ToDictionary(p => p.Name, p => p.Value.Shape);
        Assert.That(shapes, Has.Count.EqualTo(320 - 53));
        Assert.That(shapes["conv1.weight"], Is.EqualTo(new Shape(64, 3, 7, 7)));
        Assert.That(shapes["bn1.running_mean"], Is.EqualTo(new Shape(64)));
        Assert.That(shapes["layer1.0.conv1.weight"], Is.EqualTo(new Shape(128, 64, 1, 1)));
        Assert.That(shapes["layer1.0.conv2.weight"], Is.EqualTo(new Shape(128, 128, 3, 3)));
        Assert.That(shapes["layer1.0.conv3.weight"], Is.EqualTo(new Shape(256, 128, 1, 1)));
        Assert.That(shapes["layer1.0.downsample.0.weight"], Is.EqualTo(new Shape(256, 64, 1, 1)));
        Assert.That(shapes["layer4.2.bn3.running_var"], Is.EqualTo(new Shape(2048)));
        Assert.That(shapes["layer3.0.downsample.1.weight"], Is.EqualTo(new Shape(1024)));
        Assert.That(shapes["fc.weight"], Is.EqualTo(new Shape(1000, 2048)));
    }

    private static IEnumerable<string> BlockParameters(string block, bool projection)
    {
        string[] names = ["bn0.weight", "bn0.bias", "conv0", "bn1.weight", "bn1.bias", "conv1"];
        return (projection ? names.Append("convdim") : names).Select(n => block + "." + n);
    }
}
