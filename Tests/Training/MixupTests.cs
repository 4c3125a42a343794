using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Training;

namespace WrnEngine.Tests.Training;

/// <summary>Mixtures and their loss, computed by hand.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
public class MixupTests(TestDevice device) : DeviceFixture(device)
{
    private const int Samples = 5, Classes = 3;

    [Test]
    public void ImagesLossAndGradientAreThoseOfTheDefinition([Values(0f, 0.1f)] float smoothing)
    {
        var mixup = new Mixup(0.7f, seed: 3, Samples);
        mixup.Draw(11);
        int[] labels = [0, 1, 2, 1, 0], indices = [10, 11, 12, 13, 14];
        float[] pixels = [.. Enumerable.Range(0, Samples * 12).Select(i => MathF.Sin(i))], values = [.. Enumerable.Range(0, Samples * Classes).Select(i => MathF.Cos(3 * i))];
        int[] partners = mixup.Partners.ToArray();
        float[] partnerPixels = [.. Enumerable.Range(0, pixels.Length).Select(i => pixels[(partners[i / 12] * 12) + (i % 12)])];
        using var inputs = new StepInputs(Device, Samples, pairs: true);
        inputs.Pair(mixup.Share, partners);
        inputs.Send(0.1f, 11, 0, indices, labels);

        using var scope = new StepScope();
        using var tape = new GradTape();
        Assert.That(inputs.Pairs!.Indices.ToArray<int>(), Is.EqualTo(partners.Select(p => indices[p])));
        Assert.That(inputs.Pairs.Labels.ToArray<int>(), Is.EqualTo(partners.Select(p => labels[p])));
        var mixed = Mixup.Mix(Tensor.From(pixels, [Samples, 3, 2, 2], Device), Tensor.From(partnerPixels, [Samples, 3, 2, 2], Device), inputs.Pairs);
        float rest = 1 - mixup.Share;
        float[] expected = [.. pixels.Zip(partnerPixels, (x, p) => (x * mixup.Share) + (p * rest))];
        TensorAssert.AreBitIdentical(mixed.ToArray<float>(), expected, "mixed images");

        var logits = Tensor.From(values, [Samples, Classes], Device);
        logits.RequiresGrad = true;
        var loss = Mixup.Loss(logits, inputs, smoothing);
        loss.Backward();
        var (wanted, gradient) = Reference(values, labels, partners, mixup.Share, smoothing);
        Assert.That(loss.Item(), Is.EqualTo(wanted).Within(1e-6));
        Assert.That(logits.Grad!.ToArray<float>().Zip(gradient, (a, e) => Math.Abs(a - e)), Has.All.LessThan(1e-6));
        logits.Release();
    }

    /// <summary>Soft targets: share on the sample's class, the rest on the partner's, smoothed; gradient (softmax - target) / N.</summary>
    private static (double Loss, double[] Gradient) Reference(float[] logits, int[] labels, int[] partners, double share, double smoothing)
    {
        double loss = 0;
        double[] gradient = new double[logits.Length];
        for (int n = 0; n < Samples; n++)
        {
            double sum = Enumerable.Range(0, Classes).Sum(c => Math.Exp(logits[(n * Classes) + c]));
            for (int c = 0; c < Classes; c++)
            {
                double hard = (labels[n] == c ? share : 0) + (labels[partners[n]] == c ? 1 - share : 0);
                double target = (hard * (1 - smoothing)) + (smoothing / Classes), p = Math.Exp(logits[(n * Classes) + c]) / sum;
                loss -= target * Math.Log(p) / Samples;
                gradient[(n * Classes) + c] = (p - target) / Samples;
            }
        }

        return (loss, gradient);
    }
}

/// <summary>What mixup draws.</summary>
[Category("Training")]
public class MixupDrawTests
{
    private const int Draws = 4000;

    /// <summary>Beta(a, a) has the mean 1/2 and the variance 1 / (4 (2 a + 1)); half of its numbers are below 1/2.</summary>
    [TestCase(0.001)]
    [TestCase(0.2)]
    [TestCase(1)]
    [TestCase(4)]
    [TestCase(1000)]
    public void LambdaHasTheMomentsOfABetaDistribution(double alpha)
    {
        double[] values = [.. Enumerable.Range(0, Draws).Select(step => BetaDistribution.Draw(alpha, 7, (uint)step))];
        Assert.That(values, Has.All.InRange(0.0, 1.0));
        double variance = 1 / (4 * ((2 * alpha) + 1)), error = Math.Sqrt(variance / Draws);
        Assert.That(values.Average(), Is.EqualTo(0.5).Within(4 * error));
        Assert.That(values.Average(v => (v - 0.5) * (v - 0.5)), Is.EqualTo(variance).Within(8).Percent);
        Assert.That(values.Count(v => v < 0.5), Is.EqualTo(Draws / 2).Within(2.5 * Math.Sqrt(Draws)));
        if (alpha == 1) Assert.That(values.Count(v => v < 0.1), Is.EqualTo(Draws / 10).Within(4 * Math.Sqrt(Draws * 0.09)), "uniform");
    }

    [Test]
    public void EveryStepHasItsOwnPermutationAndShare()
    {
        var mixup = new Mixup(1, seed: 3, samples: 40);
        var seen = new HashSet<string>();
        for (uint step = 0; step < 20; step++)
        {
            mixup.Draw(step);
            Assert.That(mixup.Share, Is.InRange(0.5f, 1f));
            Assert.That(mixup.Share, Is.EqualTo((float)Math.Max(BetaDistribution.Draw(1, 3, step), 1 - BetaDistribution.Draw(1, 3, step))));
            Assert.That(mixup.Partners.ToArray().Order(), Is.EqualTo(Enumerable.Range(0, 40)));
            Assert.That(seen.Add($"{mixup.Share} {string.Join(' ', mixup.Partners.ToArray())}"), Is.True, "a draw of its own");
        }

        var again = new Mixup(1, seed: 3, samples: 40);
        again.Draw(19);
        Assert.That((again.Share, string.Join(' ', again.Partners.ToArray())), Is.EqualTo((mixup.Share, string.Join(' ', mixup.Partners.ToArray()))));
    }
}
