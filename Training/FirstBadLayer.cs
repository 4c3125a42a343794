using System.Runtime.InteropServices;
using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Models.Blocks;
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
    private string? _finding;

    private FirstBadLayer(WideResNet model) => _model = model;

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
        var logits = Watched(() => _model.Forward(images));
        var loss = logits.SoftmaxCrossEntropy(labels, labelSmoothing);
        Look("the loss", loss, $"its value, from logits up to {Values(logits).Max(MathF.Abs):G3}");
        if (_finding is not null) return _finding;

        loss.Backward();
        foreach (var p in _model.NamedParameters().Reverse())
            if (p.Value.Grad is { } gradient) Look(p.Name, gradient, "its gradient");
        return _finding ?? "none, since a second pass over the same batch is finite";
    }

    /// <summary>Runs a forward pass and looks at the weights and the output of every module in it, parts before the whole.</summary>
    private Tensor Watched(Func<Tensor> forward)
    {
        var watched = _model.NamedModules().Where(m => m.Name.Length > 0).Select(m => (m.Module, Hook: HookOf(m.Name, m.Module))).ToArray();
        foreach (var (module, hook) in watched) module.Forwarded += hook;
        try
        {
            return forward();
        }
        finally
        {
            foreach (var (module, hook) in watched) module.Forwarded -= hook;
        }
    }

    private Action<Tensor, Tensor> HookOf(string name, Module module) => (_, output) =>
    {
        foreach (var weight in module.OwnParameters)
            Look(name, weight.Value, weight.Name.Length == 0 ? "its weight" : $"its {weight.Name}");
        Look(name, output, module is ResidualBlock ? "its output, after the addition of the shortcut" : "its output");
    };

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
