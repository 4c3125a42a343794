using WrnEngine.Tensors;

namespace WrnEngine.Nn;

/// <summary>A named tensor of a module: a parameter that is trained, or a buffer (running statistics) that is only kept.</summary>
/// <param name="Name">The full name from the model's root, as in <c>group0.block0.bn0.weight</c>.</param>
/// <param name="Value">The tensor; parameters require gradients.</param>
public sealed record NamedTensor(string Name, Tensor Value);
