using System.Text.Json.Nodes;
using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Models;
using WrnEngine.Nn;
using WrnEngine.Ops;
using WrnEngine.Tensors;

namespace WrnEngine.Training.Explain;

/// <summary>One convolution down to its products: input, weights and output for the image, and its launch on the simulator.</summary>
internal static class ConvStudy
{
    /// <summary>Input and output values of a convolution that fit into a page.</summary>
    private const int MaxValues = 70_000;

    /// <summary>Output channels that are shown.</summary>
    private const int MaxChannels = 16;

    /// <summary>Which convolutions to take apart: the first of the network and the first 3x3 inside a block, where they are small enough; else the first that is.</summary>
    public static IReadOnlyList<string> Choose(WideResNet model, Activations activations)
    {
        var fitting = model.NamedModules().Where(m => m.Module is Conv2d conv && conv.Weight.Shape[2] == 3 && Fits(conv, m.Name, activations)).Select(m => m.Name).ToList();
        string? inBlock = fitting.FirstOrDefault(n => n.Contains('.', StringComparison.Ordinal));
        return [.. fitting.Where(n => !n.Contains('.', StringComparison.Ordinal)).Take(1), .. inBlock is null ? [] : new[] { inBlock }];
    }

    /// <summary>Everything the page needs of one convolution.</summary>
    public static JsonObject Of(WideResNet model, string name, Activations activations)
    {
        var conv = (Conv2d)model.NamedModules().Single(m => m.Name == name).Module;
        var (x, y) = (activations.Input(name), activations.Output(name));
        int kernel = conv.Weight.Shape[2], perChannel = x.Channels * kernel * kernel;
        int[] shown = y.MostVaried(MaxChannels);
        float[] weights = conv.Weight.ToArray<float>();
        return new JsonObject
        {
            ["name"] = name,
            ["inChannels"] = x.Channels,
            ["outChannels"] = y.Channels,
            ["height"] = x.Height,
            ["width"] = x.Width,
            ["outHeight"] = y.Height,
            ["outWidth"] = y.Width,
            ["kernel"] = kernel,
            ["stride"] = conv.Stride,
            ["padding"] = conv.Padding,
            ["channels"] = new JsonArray([.. shown.Select(c => JsonValue.Create(c))]),
            ["x"] = Base64Values.Of<float>(x.Values),
            ["weight"] = Base64Values.Of<float>(shown.SelectMany(c => weights.Skip(c * perChannel).Take(perChannel)).ToArray()),
            ["y"] = Base64Values.Of<float>(shown.SelectMany(c => y.Channel(c).ToArray()).ToArray()),
            ["warp"] = Simulate(x, weights, conv, y),
        };
    }

    /// <summary>Launches the convolution on the simulator, as a CUDA device would, and records it.</summary>
    private static JsonObject Simulate(FeatureMap x, float[] weights, Conv2d conv, FeatureMap y)
    {
        using var recording = new WarpRecording();
        using var device = new CudaDevice(SimulatorDriver.Table, DeviceChoice.Simulator);
        using var scope = new StepScope();
        using var noGrad = new NoGrad();
        var input = Tensor.From(x.Values, [1, x.Channels, x.Height, x.Width], device);
        var weight = Tensor.From(weights, conv.Weight.Shape, device);
        var output = Tensor.Empty([1, y.Channels, y.Height, y.Width], device);
        recording.Watch((ulong)output.DevicePointer, 4 * output.Numel);
        var shape = new Conv2dShape(
            1, x.Channels, x.Height, x.Width, y.Channels, conv.Weight.Shape[2], conv.Weight.Shape[3], conv.Stride, conv.Stride, conv.Padding, conv.Padding);
        device.Conv.Conv2dForward(shape, input, weight, output);
        device.Synchronize();
        return recording.ToJson();
    }

    private static bool Fits(Conv2d conv, string name, Activations activations) =>
        activations.Has(name) && activations.Input(name).Values.Length <= MaxValues && activations.Output(name).Values.Length <= MaxValues
        && (long)MaxChannels * conv.Weight.Numel / conv.Weight.Shape[0] <= MaxValues;
}
