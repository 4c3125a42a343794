using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Nn;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Engine.Optim;

/// <summary>SGD step after step against the written formula of torch.optim.SGD, from gradients of a known loss.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
[LeakCheck]
public class SgdTests(TestDevice device) : DeviceFixture(device)
{
    private static readonly Shape[] Shapes = [[5], [2, 3, 3, 3], [4, 7]];

    private List<NamedTensor> Parameters() => Shapes.Select((s, i) =>
        new NamedTensor($"p{i}", Upload(TestData.For($"parameter {i}").Normal(s), requiresGrad: true))).ToList();

    /// <summary>Gives every parameter the gradient <paramref name="gradients"/> through a real backward pass: loss = sum(p * g).</summary>
    private void Backward(IReadOnlyList<NamedTensor> parameters, RefArray[] gradients)
    {
        using var scope = new StepScope();
        using var tape = new GradTape();
        var loss = parameters.Select((p, i) => (p.Value * Upload(gradients[i])).Sum()).Aggregate((a, b) => a + b);
        loss.Backward();
    }

    private static RefArray[] Gradients(int step) => Shapes.Select((s, i) => TestData.For($"gradient {i} of step {step}").Normal(s)).ToArray();

    private static void Release(IEnumerable<NamedTensor> parameters)
    {
        foreach (var p in parameters) p.Value.Release();
    }

    [TestCase(0f, 0f, 0f, false)]
    [TestCase(0f, 0.01f, 0f, false)]
    [TestCase(0.9f, 0f, 0f, false)]
    [TestCase(0.9f, 0.01f, 0.3f, false)]
    [TestCase(0.9f, 0.01f, 1f, false)]
    [TestCase(0.9f, 5e-4f, 0f, true)]
    public void FollowsTheFormula(float momentum, float weightDecay, float dampening, bool nesterov)
    {
        var parameters = Parameters();
        var expected = parameters.Select(p => RefArray.From(p.Value)).ToArray();
        var buffers = new RefArray?[expected.Length];
        using (var sgd = new Sgd(parameters, 0.1f, momentum, weightDecay, dampening, nesterov))
        {
            for (int step = 0; step < 5; step++)
            {
                sgd.LearningRate = step < 3 ? 0.1f : 0.02f;
                var gradients = Gradients(step);
                sgd.ZeroGrad();
                Backward(parameters, gradients);
                sgd.Step();
                for (int i = 0; i < expected.Length; i++)
                {
                    (expected[i], buffers[i]) = SgdOracle.Step(
                        expected[i], gradients[i], buffers[i], sgd.LearningRate, momentum, dampening, weightDecay, nesterov);
                    TensorAssert.AreClose(parameters[i].Value, expected[i], 5, 1, $"parameter {i} after step {step}");
                }
            }
            var kept = sgd.MomentumBuffers().ToList();
            Assert.That(kept.Select(b => b.Name), Is.EqualTo(momentum == 0 ? [] : parameters.Select(p => p.Name)));
            for (int i = 0; i < kept.Count; i++) TensorAssert.AreClose(kept[i].Value, buffers[i]!, 5, 1, $"momentum of {kept[i].Name}");
        }
        Release(parameters);
    }

    [Test]
    public void ZeroGradForgetsAndTwoPassesAddUp()
    {
        var parameters = Parameters();
        var expected = parameters.Select(p => RefArray.From(p.Value)).ToArray();
        using (var sgd = new Sgd(parameters, 0.5f))
        {
            Backward(parameters, Gradients(0));
            sgd.ZeroGrad();
            Backward(parameters, Gradients(1));
            Backward(parameters, Gradients(2));
            sgd.Step();
            for (int i = 0; i < expected.Length; i++)
                TensorAssert.AreClose(parameters[i].Value, expected[i] + (Gradients(1)[i] + Gradients(2)[i]) * -0.5, 5, 1);
        }
        Release(parameters);
    }

    [Test]
    public void AParameterWithoutAFreshGradientStays()
    {
        var parameters = Parameters();
        var before = parameters.Select(p => p.Value.ToArray<float>()).ToArray();
        using (var sgd = new Sgd(parameters, 0.5f, 0.9f, 0.1f))
        {
            sgd.Step();
            Backward(parameters, Gradients(0));
            sgd.ZeroGrad();
            sgd.Step();
            for (int i = 0; i < before.Length; i++) TensorAssert.AreBitIdentical(parameters[i].Value.ToArray<float>(), before[i]);
            Backward([parameters[1]], [Gradients(0)[1]]);
            sgd.Step();
            TensorAssert.AreBitIdentical(parameters[0].Value.ToArray<float>(), before[0]);
            Assert.That(parameters[1].Value.ToArray<float>(), Is.Not.EqualTo(before[1]));
        }
        Release(parameters);
    }

    [Test]
    public void ResettingTheMomentumMakesTheNextStepTheFirst()
    {
        var parameters = Parameters();
        using (var sgd = new Sgd(parameters, 0.1f, 0.9f, dampening: 0.5f))
        {
            Backward(parameters, Gradients(0));
            sgd.Step();
            sgd.ResetMomentum();
            Assert.That(sgd.MomentumBuffers(), Is.Empty);
            var expected = parameters.Select(p => RefArray.From(p.Value)).ToArray();
            sgd.ZeroGrad();
            Backward(parameters, Gradients(1));
            sgd.Step();
            for (int i = 0; i < expected.Length; i++)
                TensorAssert.AreClose(parameters[i].Value, expected[i] + Gradients(1)[i] * -0.1, 5, 1, "the whole gradient, undamped, without the past");
        }
        Release(parameters);
    }

    [Test]
    public void LoadedMomentumGoesOnWhereItStopped()
    {
        float[][] Train(bool interrupted)
        {
            var parameters = Parameters();
            var sgd = new Sgd(parameters, 0.1f, 0.9f, 0.01f, nesterov: true);
            for (int step = 0; step < 4; step++)
            {
                if (interrupted && step == 2)
                {
                    var saved = sgd.MomentumBuffers().Select(b => (b.Name, Values: b.Value.ToArray<float>())).ToList();
                    sgd.Dispose();
                    sgd = new Sgd(parameters, 0.1f, 0.9f, 0.01f, nesterov: true);
                    foreach (var (name, values) in saved) sgd.LoadMomentum(name, values);
                }
                sgd.ZeroGrad();
                Backward(parameters, Gradients(step));
                sgd.Step();
            }
            var result = parameters.Select(p => p.Value.ToArray<float>()).ToArray();
            sgd.Dispose();
            Release(parameters);
            return result;
        }
        var (whole, resumed) = (Train(false), Train(true));
        for (int i = 0; i < whole.Length; i++) TensorAssert.AreBitIdentical(resumed[i], whole[i], $"parameter {i}");
    }

    [Test]
    public void BuffersMadeInsideAStepScopeOutliveIt()
    {
        var parameters = Parameters();
        using (var sgd = new Sgd(parameters, 0.1f, 0.9f))
        {
            for (int step = 0; step < 2; step++)
            {
                using var scope = new StepScope();
                Backward(parameters, Gradients(step));
                sgd.Step();
            }
            Assert.That(sgd.MomentumBuffers().Select(b => b.Value.IsReleased), Is.EqualTo(new[] { false, false, false }));
        }
        Release(parameters);
    }

    [Test]
    public void Mistakes()
    {
        var parameters = Parameters();
        Assert.That(() => new Sgd([], 0.1f), Throws.ArgumentException.With.Message.Contains("no parameters"));
        Assert.That(() => new Sgd(parameters, -0.1f), Throws.ArgumentException.With.Message.Contains("learning rate -0.1"));
        Assert.That(() => new Sgd(parameters, float.NaN), Throws.ArgumentException.With.Message.Contains("learning rate"));
        Assert.That(() => new Sgd(parameters, 0.1f, -1), Throws.ArgumentException.With.Message.Contains("momentum"));
        Assert.That(() => new Sgd(parameters, 0.1f, 0, -1), Throws.ArgumentException.With.Message.Contains("weight decay"));
        Assert.That(() => new Sgd(parameters, 0.1f, 0, 0, 0, nesterov: true), Throws.ArgumentException.With.Message.Contains("Nesterov"));
        Assert.That(() => new Sgd(parameters, 0.1f, 0.9f, 0, 0.1f, nesterov: true), Throws.ArgumentException.With.Message.Contains("no dampening"));
        using (var sgd = new Sgd(parameters, 0.1f, 0.9f))
            Assert.That(() => sgd.LoadMomentum("p9", [1f]), Throws.ArgumentException.With.Message.Contains("'p9'"));
        Release(parameters);
    }
}
