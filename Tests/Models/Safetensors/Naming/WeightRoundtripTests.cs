using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Models.Safetensors;
using WrnEngine.Models.Safetensors.Naming;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Models.Safetensors.Naming;

/// <summary>Weights that go out under another program's names and come back.</summary>
[Category("Cpu")]
public class WeightRoundtripTests
{
    private CpuDevice _device = null!;

    [OneTimeSetUp]
    public void OpenDevice() => _device = new CpuDevice(2);

    [OneTimeTearDown]
    public void CloseDevice() => _device.Dispose();

    [TestCaseSource(typeof(SmallNetworks), nameof(SmallNetworks.All))]
    public void SmallNetworksComeBackToTheBit(WideResNetOptions options)
    {
        using var model = new WideResNet(options, _device, seed: 3);
        ModuleData.Randomize(model, "weights");
        foreach (var scheme in NamingScheme.All.Where(s => s.Refusal(options) is null)) Roundtrip(model, scheme);
        Assert.That(NamingScheme.OwnOf(options).Refusal(options), Is.Null);
    }

    [TestCase("wrn-18", 0.25)]
    [TestCase("wrn-34", 0.125)]
    [TestCase("wrn-50-2-bottleneck", 0.125)]
    [TestCase("wrn-101-2-bottleneck", 0.125)]
    [TestCase("resnet-152", 0.125)]
    public void NetworksForImageNetAsWell(string name, double k)
    {
        var architecture = Architecture.Find(name);
        using var model = new WideResNet(new WideResNetOptions(architecture.DefaultDepth, k, 7) { Architecture = architecture }, _device, seed: 3);
        ModuleData.Randomize(model, "weights");
        foreach (string scheme in new[] { "torchvision", "timm" }) Roundtrip(model, NamingScheme.Find(scheme));
    }

    [Test]
    public void PrefixesOfDataParallelAndMixedTypes()
    {
        using var model = new WideResNet(new WideResNetOptions(10, 2), _device, seed: 3);
        using var stream = new MemoryStream();
        var scheme = NamingScheme.Find("xternalz");
        var writer = new SafetensorsWriter();
        int i = 0;
        foreach (var (name, value) in model.NamedParameters().Concat(model.NamedBuffers()))
        {
            var type = FloatEncoding.Types[i++ % 3];
            long[] shape = [.. value.Shape.Dims.ToArray().Select(d => (long)d)];
            writer.Add("module." + scheme.Rename(name), type, shape, FloatEncoding.Encode(value.ToArray<float>(), type));
            if (scheme.CounterBeside(name) is { } counter && i % 2 == 0) writer.Add("module." + counter, SafetensorsDType.I64, [], new byte[8]);
        }

        writer.WriteTo(stream);
        using var file = SafetensorsFile.Open(stream, "x");
        var import = new WeightImport(file, null);
        using var other = new WideResNet(model.Options, _device, seed: 4);
        Assert.That(import.Names, Is.SameAs(scheme));
        Assert.That(import.Difference(other), Is.Null);
        import.LoadInto(other);
        TensorAssert.AreBitIdentical(other.NamedParameters().First().Value.ToArray<float>(), model.NamedParameters().First().Value.ToArray<float>());
    }

    [TestCase(16, 2, "wrn")]
    [TestCase(10, 1, "wrn")]
    [TestCase(22, 0.5, "wrn")]
    [TestCase(18, 0.125, "wrn-18")]
    [TestCase(101, 2, "wrn-101-2-bottleneck")]
    [TestCase(50, 0.125, "wrn-50-2-bottleneck")]
    [TestCase(50, 1, "resnet-50")]
    public void TheNetworkIsFoundOut(int depth, double k, string family)
    {
        var options = new WideResNetOptions(depth, k, 12) { Architecture = Architecture.Find(family) };
        using var meta = new WrnEngine.Devices.MetaDevice();
        using var model = new WideResNet(options, meta);
        foreach (var scheme in NamingScheme.All.Where(s => s.Refusal(options) is null))
        {
            using var stream = new MemoryStream();
            var writer = new SafetensorsWriter(); // a byte for each float: names and shapes are all that counts here
            foreach (var (name, value) in model.NamedParameters().Concat(model.NamedBuffers()))
                writer.Add(scheme.Rename(name), SafetensorsDType.U8, [.. value.Shape.Dims.ToArray().Select(d => (long)d)], new byte[value.Numel]);
            writer.WriteTo(stream);
            using var file = SafetensorsFile.Open(stream, "x");
            var import = new WeightImport(file, null);
            Assert.That(import.Names!.Landmark, Is.EqualTo(scheme.Landmark));
            Assert.That(NetworkGuess.Of(import), Is.EqualTo(options));
        }
    }

    [Test]
    public void WhatIsMissingUnexpectedAndDifferentIsListed()
    {
        using var model = new WideResNet(new WideResNetOptions(10, 1), _device);
        using var stream = new MemoryStream();
        var writer = new SafetensorsWriter();
        foreach (var (name, value) in model.NamedParameters().Concat(model.NamedBuffers()))
        {
            if (name.StartsWith("bn.", StringComparison.Ordinal)) continue;
            bool isWide = name == "fc.bias", isDouble = name == "fc.weight";
            long[] shape = isWide ? [20] : [.. value.Shape.Dims.ToArray().Select(d => (long)d)];
            int size = isDouble ? 8 : 4;
            writer.Add(name, isDouble ? SafetensorsDType.F64 : SafetensorsDType.F32, shape, new byte[size * shape.Aggregate(1L, (a, b) => a * b)]);
        }

        writer.Add("extra\u001b[31m", SafetensorsDType.F32, [1], new byte[4]);
        writer.WriteTo(stream);
        using var file = SafetensorsFile.Open(stream, "x");
        Assert.That(new WeightImport(file, null).Difference(model), Is.EqualTo(
            "4 tensors are missing ('bn.bias', 'bn.running_mean', 'bn.running_var' and 1 more); 1 tensor is unexpected ('extra?[31m'); "
            + "'fc.bias' has shape [20] instead of [10], 'fc.weight' has type F64 instead of F32 or F16 or BF16"));
    }

    private void Roundtrip(WideResNet model, NamingScheme scheme)
    {
        foreach (var type in FloatEncoding.Types)
        {
            using var stream = new MemoryStream();
            WeightExport.Writer(model, scheme, type, batches: 77).WriteTo(stream);
            using var file = SafetensorsFile.Open(stream, "x");
            using var other = new WideResNet(model.Options, _device, seed: 4);
            var import = new WeightImport(file, scheme);
            Assert.That(import.Difference(other), Is.Null);
            import.LoadInto(other);
            foreach (var (a, b) in model.NamedParameters().Concat(model.NamedBuffers()).Zip(other.NamedParameters().Concat(other.NamedBuffers())))
            {
                float[] expected = a.Value.ToArray<float>();
                if (type == SafetensorsDType.F16) expected = Array.ConvertAll(expected, v => (float)(Half)v);
                if (type == SafetensorsDType.BF16) expected = Array.ConvertAll(expected, FloatEncodingTests.NearestBFloat16);
                TensorAssert.AreBitIdentical(b.Value.ToArray<float>(), expected, $"{a.Name} in {type} as {scheme.Name}");
            }
        }
    }
}
