using System.Runtime.InteropServices;
using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Nn;
using WrnEngine.Ops;
using WrnEngine.Tensors;

namespace WrnEngine.Training;

/// <summary>
/// Runs a batch through the network layer by layer and says where the first NaN or infinity is: weights and activations in the order of
/// the forward pass, then gradients in the order of the backward pass.
/// </summary>
internal sealed class FirstBadLayer
{
    private readonly WideResNet _model;
    private readonly Dictionary<string, Module> _modules;
    private readonly ILookup<string, NamedTensor> _weights;
    private string? _finding;

    private FirstBadLayer(WideResNet model)
    {
        _model = model;
        _modules = model.NamedModules().ToDictionary(m => m.Name, m => m.Module);
        _weights = model.NamedParameters().ToLookup(p => _modules.ContainsKey(p.Name) ? p.Name : p.Name[..p.Name.LastIndexOf('.')]);
    }

    /// <summary>"group0.block1.conv0 (3 of 131072 values of its output)", or a sentence that nothing was found.</summary>
    public static string Find(WideResNet model, Tensor images, Tensor labels, float labelSmoothing)
    {
        using var scope = new StepScope();
        using var tape = new GradTape();
        return new FirstBadLayer(model).Replay(images, labels, labelSmoothing);
    }

    private string Replay(Tensor images, Tensor labels, float labelSmoothing)
    {
        Look("the input images", images, "the input");
        var x = Layer("conv0", images);
        foreach (string name in _model.Describe(images.Shape).Where(l => l.Depth == 2).Select(l => l.Name))
        {
            if (_finding is not null) return _finding;
            x = Block(name, x);
        }

        x = Layer("bn", x);
        x = Layer("fc", x.GlobalAveragePool2d());
        var loss = x.SoftmaxCrossEntropy(labels, labelSmoothing);
        Look("the loss", loss, $"its value, from logits up to {Values(x).Max(MathF.Abs):G3}");
        if (_finding is not null) return _finding;

        loss.Backward();
        foreach (var p in _model.NamedParameters().Reverse())
            if (p.Value.Grad is { } gradient) Look(p.Name, gradient, "its gradient");
        return _finding ?? "none, since a second pass over the same batch is finite";
    }

    /// <summary>The parts of a block one at a time; in another kind of block than B(3,3) the block is the layer.</summary>
    private Tensor Block(string name, Tensor x)
    {
        if (_modules[name] is not WideBasicBlock) return Layer(name, x);
        var activated = Layer($"{name}.bn0", x);
        var shortcut = _modules.ContainsKey($"{name}.convdim") ? Layer($"{name}.convdim", activated) : x;
        var hidden = Layer($"{name}.bn1", Layer($"{name}.conv0", activated));
        if (_modules.ContainsKey($"{name}.dropout")) hidden = Layer($"{name}.dropout", hidden);
        var y = Layer($"{name}.conv1", hidden) + shortcut;
        Look(name, y, "its output, after the addition of the shortcut");
        return y;
    }

    private Tensor Layer(string name, Tensor x)
    {
        foreach (var weight in _weights[name]) Look(name, weight.Value, weight.Name == name ? "its weight" : $"its {weight.Name[(name.Length + 1)..]}");
        var y = _modules[name].Forward(x);
        Look(name, y, "its output");
        return y;
    }

    private void Look(string name, Tensor tensor, string what)
    {
        if (_finding is not null) return;
        int bad = Values(tensor).Count(v => !float.IsFinite(v));
        if (bad > 0) _finding = $"{name} ({bad} of {tensor.Numel} values of {what})";
    }

    private static float[] Values(Tensor tensor)
    {
        var values = new float[tensor.Numel]; // the stored order does
        tensor.Device.CopyToHost(tensor, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
