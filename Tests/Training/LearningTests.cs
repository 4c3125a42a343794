using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Training;
using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training;

/// <summary>The whole of it learns.</summary>
[Category("Training")]
public class LearningTests
{
    [Test]
    public void AWrn10x1OverfitsOneBatch()
    {
        const int Steps = 120;
        var data = TinyRun.Data();
        using var device = new CpuDevice();
        using var model = new WideResNet(new WideResNetOptions(10, 1), device, 1);
        using var optimizer = new Sgd(model.NamedParameters(), 0.05f, 0.9f, 0, 0, nesterov: true);
        using var batches = new BatchLoader(data.Train, new NormalizeTransform(data.Normalization, 32), 16, BatchOrder.Training, seed: 1);
        batches.StartEpoch(0);
        var batch = batches.Next()!;
        float loss = float.NaN;
        for (int step = 0; step < Steps; step++)
        {
            using var scope = new StepScope();
            using var tape = new GradTape();
            var (images, labels) = batch.ToTensors(data.Train.Source, device);
            optimizer.ZeroGrad();
            var l = model.Forward(images).SoftmaxCrossEntropy(labels);
            loss = l.Item();
            l.Backward();
            optimizer.Step();
        }

        Assert.That(loss, Is.LessThan(0.01f).And.GreaterThanOrEqualTo(0));
    }

    /// <summary>Chance is an error of 90 %, and 1,000 test images give it to within two points.</summary>
    [Test]
    public void AWrn10x1LearnsTheProceduralSet()
    {
        const double StatedError = 66; // after 400 steps of 32 images, each seen once; measured 55 to 60
        var plan = new TrainingPlan(
            new WideResNetOptions(10, 1), new Hyperparameters { Epochs = 1, BatchSize = 32, LearningRate = 0.1f, Schedule = "one-cycle" }, Seed: 1);
        var outcome = TinyRun.Run(plan, TinyRun.Data(trainImages: 12_800, testImages: 1000));
        Assert.That(outcome.Steps, Is.EqualTo(400));
        Assert.That(outcome.Epochs[0].TestError, Is.LessThan(StatedError).And.GreaterThan(0));
    }
}
