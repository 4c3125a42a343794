using WrnEngine.Tests.Support.GradientCases;

namespace WrnEngine.Tests.Support.Oracle;

/// <summary>The oracle's gradients against central differences of the oracle's own forward pass, in double precision.</summary>
public class OracleGradientTests
{
    private const double Step = 1e-5;
    private const double RelativeError = 1e-6;

    [TestCaseSource(typeof(AllGradientCases), nameof(AllGradientCases.All))]
    public void AgreesWithFiniteDifferences(GradientCase c)
    {
        var inputs = c.CreateInputs();
        var gradY = c.CreateGradient(c.Reference(inputs).Shape);
        var gradients = c.Backward(inputs, gradY);
        Assert.That(gradients, Has.Length.EqualTo(inputs.Length));
        for (int i = 0; i < inputs.Length; i++)
        {
            var numeric = new RefArray(inputs[i].Shape);
            for (int j = 0; j < numeric.Count; j++)
            {
                double x = inputs[i].Values[j];
                inputs[i].Values[j] = x + Step;
                double above = c.Reference(inputs).Dot(gradY);
                inputs[i].Values[j] = x - Step;
                double below = c.Reference(inputs).Dot(gradY);
                inputs[i].Values[j] = x;
                numeric.Values[j] = (above - below) / (2 * Step);
            }
            Assert.That(gradY.Rms(), Is.Positive);
            TensorAssert.AreClose(gradients[i], numeric, RelativeError, $"gradient of input {i}");
        }
    }
}
