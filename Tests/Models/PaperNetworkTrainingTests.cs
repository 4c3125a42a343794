using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Tensors;
using WrnEngine.Training;

namespace WrnEngine.Tests.Models;

/// <summary>Every network of the paper takes steps: at its full width and depth, on few and, for ImageNet, small images.</summary>
[Category("Training"), NonParallelizable]
public class PaperNetworkTrainingTests
{
    private const int Steps = 2;

    private static IEnumerable<TestCaseData> Networks() =>
        PaperNetworks.All.DistinctBy(n => n.Network.Name).Select(n => new TestCaseData(n.Network).SetName($"{{m}}({n.Network.Name})"));

    [TestCaseSource(nameof(Networks))]
    public void TrainsAFewSteps(WideResNetOptions options)
    {
        using var device = new CpuDevice();
        using var model = new WideResNet(options, device);
        using var optimizer = new Sgd(model.NamedParameters(), 0.01f, 0.9f, 5e-4f, dampening: 0, nesterov: true);
        var (images, labels) = FixedBatch.Create(device, 2, options.Architecture.IsForImageNet ? 64 : 32, options.NumClasses, seed: 1);
        for (int i = 0; i < Steps; i++)
        {
            using var step = new StepScope();
            using var tape = new GradTape();
            model.DropoutState.Step = (uint)i;
            optimizer.ZeroGrad();
            var loss = model.Forward(images).SoftmaxCrossEntropy(labels);
            Assert.That(float.IsFinite(loss.Item()), $"the loss of step {i + 1} is {loss.Item()}");
            loss.Backward();
            foreach (var (name, parameter) in model.NamedParameters())
                Assert.That(device.Elementwise.HasNonFinite(parameter.Grad!), Is.False, name);
            Assert.That(MeanSquare(model.NamedParameters().First().Value.Grad!), Is.Positive, "the gradient of the first convolution");
            optimizer.Step();
        }

        images.Release();
        labels.Release();
        foreach (var (name, parameter) in model.NamedParameters()) Assert.That(device.Elementwise.HasNonFinite(parameter), Is.False, name);
    }

    private static double MeanSquare(Tensor t) => t.ToArray<float>().Average(v => (double)v * v);
}
