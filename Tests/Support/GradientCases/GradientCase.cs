using WrnEngine.Devices;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Support.GradientCases;

/// <summary>
/// A differentiable op of <c>WrnEngine.Ops</c>: how the engine computes it, how the oracle does, and the oracle's gradients. The oracle's
/// gradients are held against finite differences in double precision, the engine's against the oracle's.
/// </summary>
public sealed class GradientCase
{
    /// <summary>The method of <c>WrnEngine.Ops</c>.</summary>
    public required string Op { get; init; }

    /// <summary>What is particular about this case.</summary>
    public required string Name { get; init; }

    /// <summary>The tensors that gradients flow to, in order.</summary>
    public required GradientInput[] Inputs { get; init; }

    public required Func<Device, Tensor[], Tensor> Forward { get; init; }

    public required Func<RefArray[], RefArray> Reference { get; init; }

    /// <summary>From inputs and the gradient of the result to the gradients of the inputs.</summary>
    public required Func<RefArray[], RefArray, RefArray[]> Backward { get; init; }

    /// <summary>Adjusts random inputs, to keep them off kinks.</summary>
    public Action<RefArray[]>? Prepare { get; init; }

    /// <summary>The longest reduction in either direction, for the tolerance.</summary>
    public long ReductionLength { get; init; } = 1;

    public override string ToString() => $"{Op} {Name}";

    public RefArray[] CreateInputs()
    {
        var data = TestData.For(ToString());
        var inputs = Array.ConvertAll(Inputs, i => (i.Fill?.Invoke(data, i.Shape) ?? data.Normal(i.Shape)).Rounded());
        Prepare?.Invoke(inputs);
        return Array.ConvertAll(inputs, i => i.Rounded());
    }

    /// <summary>A random gradient for a result of the given shape.</summary>
    public RefArray CreateGradient(Shape shape) => TestData.For($"gradient of {this}").Normal(shape);
}

/// <summary>Shape and values of one input; standard normal when no fill is given.</summary>
public sealed record GradientInput(Shape Shape, Func<TestData, Shape, RefArray>? Fill = null)
{
    public static implicit operator GradientInput(Shape shape) => new(shape);
}
