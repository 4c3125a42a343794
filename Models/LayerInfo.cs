using WrnEngine.Tensors;

namespace WrnEngine.Models;

/// <summary>One row of a model summary.</summary>
/// <param name="Name">Name as in checkpoints.</param>
/// <param name="Kind">Conv2d, BatchNorm2d, ...</param>
/// <param name="Depth">Nesting below the model: 1 for its direct parts.</param>
/// <param name="Input">Input shape for the batch the summary was asked for.</param>
/// <param name="Output">Output shape.</param>
/// <param name="Parameters">Trainable values of this layer alone.</param>
/// <param name="Macs">Multiply-accumulates of one forward pass of the batch, convolutions and classifier only, padding counted.</param>
public sealed record LayerInfo(string Name, string Kind, int Depth, Shape Input, Shape Output, long Parameters, long Macs);
