using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Nn;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Engine.Optim;

/// <summary>Clipped gradients against the definition in double precision.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
[LeakCheck]
public class GradientClippingTests(TestDevice device) : DeviceFixture(device)
{
    private static readonly Shape[] Shapes = [[5], [2, 3, 3, 3], [4, 7], [1]];

    [TestCase(1e-4f)]
    [TestCase(0.5f)]
    [TestCase(3f)]
    public void TheNormIsTheLimitAfterwards(float limit)
    {
        var (parameters, gradients) = ParametersWithGradients();
        double before = Norm(gradients);
        Assert.That(before, Is.GreaterThan(limit));
        using (new StepScope())
        {
            float norm = GradientClipping.ClipGradNorm(parameters, limit)!.Item();
            Assert.That(norm, Is.EqualTo(before).Within(1e-5).Percent);
        }

        float[][] clipped = [.. parameters.Select(p => p.Value.Grad!.ToArray<float>())];
        Assert.That(clipped.SelectMany(g => g), Has.All.Matches<float>(float.IsFinite));
        Assert.That(Norm(clipped), Is.EqualTo(limit).Within(1e-4).Percent);
        double factor = limit / (before + 1e-6);
        for (int i = 0; i < clipped.Length; i++)
            for (int j = 0; j < clipped[i].Length; j++)
                Assert.That(clipped[i][j], Is.EqualTo(gradients[i][j] * factor).Within(1e-6 * Math.Abs(gradients[i][j] * factor)), $"element {j} of {i}");
        Release(parameters);
    }

    [TestCase(20f)]
    [TestCase(1e30f)]
    public void AShortGradientKeepsItsBits(float limit)
    {
        var (parameters, gradients) = ParametersWithGradients();
        Assert.That(Norm(gradients), Is.LessThan(limit));
        using (new StepScope()) GradientClipping.ClipGradNorm(parameters, limit);
        for (int i = 0; i < gradients.Length; i++) TensorAssert.AreBitIdentical(parameters[i].Value.Grad!.ToArray<float>(), gradients[i], $"gradient {i}");
        Release(parameters);
    }

    [Test]
    public void WhatHasNoGradientOfThisStepDoesNotCount()
    {
        var (parameters, gradients) = ParametersWithGradients();
        var idle = new NamedTensor("idle", Tensor.Full([3], 1, Device));
        parameters[0].Value.GradIsFresh = false;
        using (new StepScope())
        {
            float norm = GradientClipping.ClipGradNorm([idle, .. parameters], 0.5f)!.Item();
            Assert.That(norm, Is.EqualTo(Norm(gradients[1..])).Within(1e-5).Percent);
            Assert.That(GradientClipping.ClipGradNorm([idle], 0.5f), Is.Null);
        }

        TensorAssert.AreBitIdentical(parameters[0].Value.Grad!.ToArray<float>(), gradients[0], "an old gradient");
        Release([idle, .. parameters]);
    }

    [TestCase(0f)]
    [TestCase(-1f)]
    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    public void RefusesWhatIsNoLimit(float limit) =>
        Assert.That(() => GradientClipping.ClipGradNorm([], limit), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("above 0"));

    private (List<NamedTensor> Parameters, float[][] Gradients) ParametersWithGradients()
    {
        var parameters = Shapes.Select((s, i) => new NamedTensor($"p{i}", Upload(TestData.For($"parameter {i}").Normal(s), requiresGrad: true))).ToList();
        using (new StepScope())
        using (new GradTape())
        {
            parameters.Select((p, i) => (p.Value * Upload(TestData.For($"gradient {i}").Normal(Shapes[i]))).Sum()).Aggregate((a, b) => a + b).Backward();
        }

        return (parameters, [.. parameters.Select(p => p.Value.Grad!.ToArray<float>())]);
    }

    private static double Norm(IEnumerable<float[]> gradients) => Math.Sqrt(gradients.SelectMany(g => g).Sum(v => (double)v * v));

    private static void Release(IEnumerable<NamedTensor> parameters)
    {
        foreach (var p in parameters) p.Value.Release();
    }
}
