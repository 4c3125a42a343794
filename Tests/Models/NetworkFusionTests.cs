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
    private static IEnumerable<TestCaseData> Networks()
    {
        var basic = new WideResNetOptions { Depth = 10, WidenFactor = 2 };
        yield return Case("WRN-10-2", basic);
        yield return Case("WRN-16-1", basic with { Depth = 16, WidenFactor = 1 });
        yield return Case("dropout", basic with { DropRate = 0.3f });
        yield return Case("dropout on the shortcut", basic with { DropRate = 0.3f, DropoutAt = DropoutPlace.Shortcut });
        foreach (var order in Enum.GetValues<LayerOrder>())
            foreach (var shortcut in Enum.GetValues<ShortcutKind>())
                yield return Case($"{order}, {shortcut}", basic with { Order = order, Shortcut = shortcut });
        foreach (string block in (string[])["3,1", "1,3", "3,1,1", "1,3,1", "3,1,3", "3", "3,3,3"])
            yield return Case($"B({block})", basic with { Block = block, BlocksPerGroupOverride = 1 });

        static TestCaseData Case(string name, WideResNetOptions options) => new TestCaseData(options).SetName($"{{m}}({name})");
    }

    [TestCaseSource(nameof(Networks))]
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
