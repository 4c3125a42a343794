using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Nn;
using WrnEngine.Tensors;

namespace WrnEngine.Training.Explain;

/// <summary>What went into and came out of every module of a network in one forward pass in evaluation mode, by the module's name.</summary>
internal sealed class Activations
{
    private readonly Dictionary<string, (FeatureMap Input, FeatureMap Output)> _maps = [];

    private Activations(float[] logits) => Logits = logits;

    /// <summary>The network's output for the image.</summary>
    public float[] Logits { get; }

    /// <summary>What went into a module.</summary>
    public FeatureMap Input(string module) => _maps[module].Input;

    /// <summary>What came out of it.</summary>
    public FeatureMap Output(string module) => _maps[module].Output;

    /// <summary>Whether the network has a module of that name.</summary>
    public bool Has(string module) => _maps.ContainsKey(module);

    /// <summary>Runs a network on one image and keeps everything. A module that is observed hands out its own result, so nothing is fused away.</summary>
    /// <param name="model">The network; afterwards it is as before.</param>
    /// <param name="image">[1, 3, H, W].</param>
    public static Activations Of(WideResNet model, Tensor image)
    {
        var hooks = new List<(Module Module, Action<Tensor, Tensor> Hook)>();
        var maps = new Dictionary<string, (FeatureMap, FeatureMap)>();
        foreach (var (name, module) in model.NamedModules())
        {
            void Hook(Tensor x, Tensor y) => maps[name] = (FeatureMap.Of(x), FeatureMap.Of(y));
            module.Forwarded += Hook;
            hooks.Add((module, Hook));
        }

        bool wasTraining = model.IsTraining;
        model.Eval();
        try
        {
            using var scope = new StepScope();
            using var noGrad = new NoGrad();
            var result = new Activations(model.Forward(image).ToArray<float>());
            foreach (var (name, pair) in maps) result._maps[name] = pair;
            return result;
        }
        finally
        {
            foreach (var (module, hook) in hooks) module.Forwarded -= hook;
            model.Train(wasTraining);
        }
    }
}
