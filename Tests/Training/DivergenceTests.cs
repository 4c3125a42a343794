using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;

namespace WrnEngine.Tests.Training;

[Category("Training")]
public class DivergenceTests
{
    [Test]
    public void ALossThatIsNoNumberEndsTheRunAndKeepsTheLastCheckpoint()
    {
        using var folder = new TempFolder();
        TinyRun.Run(TinyRun.Plan(epochs: 1), TinyRun.Data(), folder["run"]);
        byte[] good = File.ReadAllBytes(folder["run/last.safetensors"]);

        var plan = TinyRun.Plan(epochs: 3);
        plan = plan with { Recipe = plan.Recipe with { LearningRate = 1e30f } };
        var error = Assert.Throws<UserException>(() => TinyRun.Run(plan, TinyRun.Data(), folder["run"], resumes: true))!;
        Assert.That(error.ExitCode, Is.EqualTo(ExitCode.Diverged));
        Assert.That(error.Message, Does.Match(
            @"^the loss is (NaN|Infinity|-Infinity|∞|-∞) at step \d+ \(epoch 2, lr 2E\+29\); the first bad layer is \S+ \(\d+ of \d+ values of its [a-z ,]+\); .*the last good state is .*last\.safetensors\.$"));
        Assert.That(File.ReadAllBytes(folder["run/last.safetensors"]), Is.EqualTo(good));
    }

    [TestCase("conv0", float.NaN, "conv0 (1 of 432 values of its weight)")]
    [TestCase("group1.block0.convdim", float.PositiveInfinity, "group1.block0.convdim (1 of 512 values of its weight)")]
    [TestCase("group0.block0.bn1.bias", float.NaN, "group0.block0.bn1 (1 of 16 values of its bias)")]
    [TestCase("fc.weight", 3e38f, "fc (")]
    public void TheReplayNamesTheFirstBadLayer(string parameter, float value, string finding)
    {
        using var device = new CpuDevice(2);
        using var model = new WideResNet(new WideResNetOptions(10, 1, DropRate: 0.1f), device, 1);
        var tensor = model.NamedParameters().Single(p => p.Name == parameter).Value;
        float[] values = tensor.ToArray<float>();
        if (float.IsFinite(value)) Array.Fill(values, value); // overflows in the layer's output
        else values[3] = value;
        tensor.CopyFrom<float>(values);
        using var scope = new StepScope();
        var (images, labels) = FixedBatch.Create(device, 4, 32, 10, seed: 1);
        Assert.That(FirstBadLayer.Find(model, images, labels, 0), Does.StartWith(finding));
    }

    [Test]
    public void AFiniteForwardPassLeavesTheGradientsToLookAt()
    {
        // Huge weights of the classifier behind tiny ones of the last batch norm: logits of about 150, but a gradient of 6e38 between the two.
        using var device = new CpuDevice(2);
        using var model = new WideResNet(new WideResNetOptions(10, 1), device, 1);
        Set("bn.weight", _ => 2e-38f);
        Set("fc.weight", i => i / 64 % 2 == 0 ? -3e38f : 3e38f);
        using var scope = new StepScope();
        var (images, labels) = FixedBatch.Create(device, 1, 32, 10, seed: 1);
        Assert.That(FirstBadLayer.Find(model, images, labels, 0), Does.Match(@"^bn\.bias \(\d+ of 64 values of its gradient\)$"));

        void Set(string name, Func<int, float> value)
        {
            var tensor = model.NamedParameters().Single(p => p.Name == name).Value;
            tensor.CopyFrom<float>([.. Enumerable.Range(0, (int)tensor.Numel).Select(value)]);
        }
    }

    [Test]
    public void AHealthyNetworkHasNone()
    {
        using var device = new CpuDevice(2);
        using var model = new WideResNet(new WideResNetOptions(16, 1), device, 1);
        using var scope = new StepScope();
        var (images, labels) = FixedBatch.Create(device, 4, 32, 10, seed: 1);
        Assert.That(FirstBadLayer.Find(model, images, labels, 0), Does.StartWith("none"));
    }
}
