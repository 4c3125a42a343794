using WrnEngine.Devices;
using WrnEngine.Nn;
using WrnEngine.Tensors;

namespace WrnEngine.Models;

/// <summary>Describes layers for summaries.</summary>
internal static class LayerInfos
{
    /// <summary>Depth of a layer inside a block: network, block, layer.</summary>
    public const int BlockLayer = 3;

    public static LayerInfo Conv(string name, int depth, Conv2d conv, Shape input)
    {
        var w = conv.Weight.Shape;
        var shape = new Conv2dShape(input[0], w[1], input[2], input[3], w[0], w[2], w[3], conv.Stride, conv.Stride, conv.Padding, conv.Padding);
        return new LayerInfo(name, $"Conv2d {w[2]}x{w[3]}" + (conv.Stride > 1 ? $" /{conv.Stride}" : ""), depth, input, [shape.N, shape.OutChannels, shape.OutH, shape.OutW], w.Numel, shape.Macs);
    }

    public static LayerInfo BatchNorm(string name, int depth, BatchNorm2d bn, Shape input) =>
        new(name, bn.Relu ? "BatchNorm2d + ReLU" : "BatchNorm2d", depth, input, input, bn.Weight.Numel + bn.Bias.Numel, 0);

    public static LayerInfo Linear(string name, int depth, Linear linear, Shape input) =>
        new(name, "Linear", depth, input, [input[0], linear.Weight.Shape[0]], linear.Weight.Numel + linear.Bias.Numel, input[0] * linear.Weight.Numel);
}
