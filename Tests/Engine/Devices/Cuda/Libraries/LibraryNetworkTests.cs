using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Cuda;
using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Models;
using WrnEngine.Ops;
using WrnEngine.Tests.Engine.Devices.Cuda.CuDnn;
using WrnEngine.Training;

namespace WrnEngine.Tests.Engine.Devices.Cuda.Libraries;

/// <summary>A whole network whose convolutions, batch norms and products are the libraries': the gradients of the project's kernels.</summary>
public class LibraryNetworkTests : LibraryFixture
{
    [Test]
    public void AStepAgreesWithTheProjectsKernels()
    {
        Open(new CudaOptions { Conv = Implementation.Native, Norm = Implementation.Native });
        var expected = Step(Device);
        Open(new CudaOptions { Conv = Implementation.Cudnn, Norm = Implementation.Cudnn, Deterministic = true });
        var actual = Step(Device);
        Assert.That(TestCuDnn.Ran.Select(r => r.Call).Distinct().Count(), Is.EqualTo(3), "the three passes");
        Assert.That(
            TestCuDnn.RanNorms.Select(r => r.Call).Distinct(),
            Is.EquivalentTo(new[] { "cudnnBatchNormalizationForwardTraining", "cudnnBatchNormalizationBackward", "cudnnBatchNormalizationForwardInference" }));
        Assert.That(Device.Plan!.Entries.Select(e => e.Take), Has.None.EqualTo("native"));
        foreach (var (name, values) in expected)
        {
            double norm = Math.Sqrt(values.Sum(v => (double)v * v)), error = Math.Sqrt(values.Zip(actual[name], (a, b) => Math.Pow((double)a - b, 2)).Sum());
            Assert.That(norm, Is.Positive, name);
            Assert.That(error / norm, Is.LessThan(1e-3), name);
        }
    }

    private static Dictionary<string, float[]> Step(Device device)
    {
        using var model = new WideResNet(new WideResNetOptions { Depth = 10, WidenFactor = 1 }, device);
        var (x, labels) = FixedBatch.Create(device, 2, side: 8, classes: 10, seed: 1);
        var results = new Dictionary<string, float[]>();
        using (new StepScope())
        using (new GradTape())
        {
            var loss = model.Forward(x).SoftmaxCrossEntropy(labels);
            results["loss"] = [loss.Item()];
            loss.Backward();
            foreach (var (name, parameter) in model.NamedParameters()) results[$"gradient of {name}"] = parameter.Grad!.ToArray<float>();
        }

        foreach (var (name, buffer) in model.NamedBuffers()) results[name] = buffer.ToArray<float>();
        model.Eval();
        using (new StepScope())
        using (new NoGrad()) results["logits in evaluation mode"] = model.Forward(x).ToArray<float>();
        x.Release();
        labels.Release();
        return results;
    }
}
