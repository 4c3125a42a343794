namespace WrnEngine.Tests;

public class SmokeTests
{
    [Test]
    public void CultureIsInvariant() => Assert.That(0.5.ToString(), Is.EqualTo("0.5"));
}
