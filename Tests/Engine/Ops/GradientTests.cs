using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.GradientCases;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Engine.Ops;

/// <summary>Result and gradients of every differentiable op against the oracle, on every device.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
public class GradientTests(TestDevice device) : DeviceFixture(device)
{
    [DeviceCases(typeof(AllGradientCases), nameof(AllGradientCases.All))]
    [LeakCheck]
    public void MatchesTheOracle(GradientCase c)
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var (inputs, expected, gradY) = Expectations(c);
        var leaves = Array.ConvertAll(inputs, i => Upload(i, requiresGrad: true));
        var y = c.Forward(Device, leaves);
        TensorAssert.AreClose(y, c.Reference(inputs), c.ReductionLength, what: "result");
        tape.Backward(y.RequiresGrad ? y : throw new AssertionException("the result does not require a gradient"), Upload(gradY));
        Compare(c, leaves, expected, 1);
    }

    /// <summary>Only one input wants a gradient: the others get none, and it gets the same.</summary>
    [DeviceCases(typeof(AllGradientCases), nameof(AllGradientCases.All))]
    [LeakCheck]
    public void OnlyWhatRequiresAGradientGetsOne(GradientCase c)
    {
        var (inputs, expected, gradY) = Expectations(c);
        for (int wanted = 0; wanted < inputs.Length; wanted++)
        {
            using var step = new StepScope();
            using var tape = new GradTape();
            var leaves = inputs.Select((x, i) => Upload(x, requiresGrad: i == wanted)).ToArray();
            tape.Backward(c.Forward(Device, leaves), Upload(gradY));
            for (int i = 0; i < leaves.Length; i++)
                if (i != wanted) Assert.That(leaves[i].Grad, Is.Null, $"gradient of input {i}");
            Compare(c, [leaves[wanted]], [expected[wanted]], 1);
        }
    }

    /// <summary>Two results from the same intermediate results and the same leaves: both kinds of gradient add up.</summary>
    [DeviceCases(typeof(AllGradientCases), nameof(AllGradientCases.All))]
    [LeakCheck]
    public void GradientsAddUp(GradientCase c)
    {
        using var step = new StepScope();
        using var tape = new GradTape();
        var (inputs, expected, gradY) = Expectations(c);
        var leaves = Array.ConvertAll(inputs, i => Upload(i, requiresGrad: true));
        var intermediates = Array.ConvertAll(leaves, t => t * 1f);
        var y = c.Forward(Device, intermediates) + c.Forward(Device, leaves) + c.Forward(Device, intermediates);
        tape.Backward(y, Upload(gradY));
        Compare(c, leaves, expected, 3);
    }

    private static (RefArray[] Inputs, RefArray[] Gradients, RefArray GradY) Expectations(GradientCase c)
    {
        var inputs = c.CreateInputs();
        var gradY = c.CreateGradient(c.Reference(inputs).Shape);
        return (inputs, c.Backward(inputs, gradY), gradY);
    }

    private static void Compare(GradientCase c, Tensor[] leaves, RefArray[] expected, double times)
    {
        for (int i = 0; i < leaves.Length; i++)
        {
            Assert.That(leaves[i].Grad, Is.Not.Null, $"gradient of input {i}");
            // Gradients of scalars and normalised inputs are sums of terms of order one that may cancel.
            double typical = Math.Max(1, expected[i].Rms()) * times;
            TensorAssert.AreClose(leaves[i].Grad!, expected[i] * times, c.ReductionLength, typical, $"gradient of input {i}");
        }
    }
}
