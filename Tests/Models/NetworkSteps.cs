using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Training;

namespace WrnEngine.Tests.Models;

/// <summary>A few training steps of a network on a device, and everything that they come to, for comparisons between devices.</summary>
internal static class NetworkSteps
{
    private const float LearningRate = 0.05f;

    /// <summary>The Euclidean norm.</summary>
    public static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(v => v * v));

    /// <summary>Losses of each step, gradients of the first, and everything that the last one leaves.</summary>
    public static Dictionary<string, float[]> Run(WideResNetOptions options, Device device, int images, int side, int steps)
    {
        using var model = new WideResNet(options, device);
        using var optimizer = new Sgd(model.NamedParameters(), LearningRate, momentum: 0.9f, weightDecay: 5e-4f, nesterov: true);
        var (x, labels) = FixedBatch.Create(device, images, side, options.NumClasses, seed: 1);
        var results = new Dictionary<string, float[]>();
        for (int i = 0; i < steps; i++)
        {
            using var step = new StepScope();
            using var tape = new GradTape();
            model.DropoutState.Step = (uint)i;
            optimizer.ZeroGrad();
            var loss = model.Forward(x).SoftmaxCrossEntropy(labels);
            results[$"loss of step {i}"] = [loss.Item()];
            loss.Backward();
            if (i == 0)
                foreach (var (name, parameter) in model.NamedParameters()) results[$"gradient of {name}"] = parameter.Grad!.ToArray<float>();
            optimizer.Step();
        }

        foreach (var (name, tensor) in model.NamedParameters().Concat(model.NamedBuffers())) results[name] = tensor.ToArray<float>();
        model.Eval();
        using (new StepScope())
        using (new NoGrad()) results["logits in evaluation mode"] = model.Forward(x).ToArray<float>();
        x.Release();
        labels.Release();
        return results;
    }
}
