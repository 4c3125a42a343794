using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Training;

namespace WrnEngine.Tests.Models;

/// <summary>Every kind of network computes the same with batch norms and additions inside the convolutions as without.</summary>
[Category("Training")]
public class NetworkFusionTests
{
    [TestCaseSource(typeof(SmallNetworks), nameof(SmallNetworks.All))]
    public void FusedIsPlain(WideResNetOptions options)
    {
        var (plain, fused) = (Run(options, fuse: false), Run(options, fuse: true));
        foreach (var (name, expected) in plain)
        {
            double norm = Math.Sqrt(expected.Sum(v => (double)v * v)), error = Math.Sqrt(expected.Zip(fused[name], (a, b) => ((double)a - b) * ((double)a - b)).Sum());
            // Rounding decides the mask of an activation at zero, and one of ten thousand in a layer is a percent of a gradient's norm.
            Assert.That(error, Is.LessThan((name.StartsWith("gradient", StringComparison.Ordinal) ? 5e-2 : 2e-4) * norm + 1e-6), name);
        }
    }

    /// <summary>Logits in both modes, gradients and running statistics of one step.</summary>
    private static Dictionary<string, float[]> Run(WideResNetOptions options, bool fuse)
    {
        using var device = new CpuDevice(2, fuse: fuse);
        using var model = new WideResNet(options, device);
        ModuleData.Randomize(model, "fusion");
        var (images, labels) = FixedBatch.Create(device, 6, 16, options.NumClasses, seed: 1);
        var results = new Dictionary<string, float[]>();
        using (var step = new StepScope())
        using (var tape = new GradTape())
        {
            var logits = model.Forward(images);
            results["logits"] = logits.ToArray<float>();
            logits.SoftmaxCrossEntropy(labels).Backward();
            foreach (var (name, parameter) in model.NamedParameters()) results[$"gradient of {name}"] = parameter.Grad!.ToArray<float>();
        }
        foreach (var (name, buffer) in model.NamedBuffers()) results[name] = buffer.ToArray<float>();
        using (var step = new StepScope())
        {
            model.Eval();
            results["logits in evaluation mode"] = model.Forward(images).ToArray<float>();
        }
        images.Release();
        labels.Release();
        return results;
    }
}
