using WrnEngine.Devices;
using WrnEngine.Nn;
using WrnEngine.Optim;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Engine.Optim;

/// <summary>The average of the weights against its recurrence in double precision.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
[LeakCheck]
public class WeightAverageTests(TestDevice device) : DeviceFixture(device)
{
    private static readonly Shape[] Shapes = [[5], [2, 3, 3, 3]];

    [TestCase(0f)]
    [TestCase(0.5f)]
    [TestCase(0.999f)]
    public void FollowsTheRecurrence(float decay)
    {
        var weights = Weights();
        double[][] expected = [.. weights.Select(w => w.Value.ToArray<float>().Select(v => (double)v).ToArray())];
        using (var average = new WeightAverage(weights, decay))
        {
            for (int step = 0; step < 6; step++)
            {
                for (int i = 0; i < weights.Length; i++)
                {
                    float[] values = [.. weights[i].Value.ToArray<float>().Select((_, j) => MathF.Sin((10 * step) + (3 * i) + j))];
                    weights[i].Value.CopyFrom<float>(values);
                    for (int j = 0; j < values.Length; j++) expected[i][j] = ((double)decay * expected[i][j]) + ((1 - (double)decay) * values[j]);
                }

                using (new StepScope()) average.Update();
            }

            Assert.That(average.Averages.Select(a => a.Name), Is.EqualTo(weights.Select(w => w.Name)));
            for (int i = 0; i < weights.Length; i++)
                Assert.That(average.Averages[i].Value.ToArray<float>().Zip(expected[i], (a, e) => Math.Abs(a - e)), Has.All.LessThan(1e-6), weights[i].Name);
        }

        Release(weights);
    }

    [Test]
    public void ExchangesBitsAndPutsThemBack()
    {
        var weights = Weights();
        using (var average = new WeightAverage(weights, 0.9f))
        {
            float[] first = weights[1].Value.ToArray<float>(), second = [.. first.Select(v => v + 1)];
            weights[1].Value.CopyFrom<float>(second);
            average.Exchange();
            TensorAssert.AreBitIdentical(weights[1].Value.ToArray<float>(), first, "weights while the average is in their place");
            average.Exchange();
            TensorAssert.AreBitIdentical(weights[1].Value.ToArray<float>(), second, "weights afterwards");
            TensorAssert.AreBitIdentical(average.Averages[1].Value.ToArray<float>(), first, "average afterwards");
            average.Load("w1", second);
            TensorAssert.AreBitIdentical(average.Averages[1].Value.ToArray<float>(), second, "a loaded average");
            Assert.That(() => average.Load("w9", second), Throws.ArgumentException.With.Message.Contains("'w9'"));
        }

        Release(weights);
    }

    [TestCase(1f)]
    [TestCase(-0.1f)]
    [TestCase(float.NaN)]
    public void RefusesWhatIsNoDecay(float decay) =>
        Assert.That(() => { using var average = new WeightAverage([], decay); }, Throws.InstanceOf<ArgumentOutOfRangeException>());

    private NamedTensor[] Weights() => [.. Shapes.Select((s, i) => new NamedTensor($"w{i}", Upload(TestData.For($"weight {i}").Normal(s))))];

    private static void Release(IEnumerable<NamedTensor> weights)
    {
        foreach (var w in weights) w.Value.Release();
    }
}
