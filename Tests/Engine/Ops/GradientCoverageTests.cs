using System.Reflection;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.GradientCases;

namespace WrnEngine.Tests.Engine.Ops;

/// <summary>Every op that makes a tensor has a gradient case, or is known to have no gradient.</summary>
public class GradientCoverageTests
{
    private static readonly string[] NotDifferentiable = [nameof(LossOps.ArgMax), nameof(LossOps.TopKCount), nameof(AugmentOps.Augment)];

    private static IEnumerable<string> Ops() =>
        (from type in typeof(ElementwiseOps).Assembly.GetTypes()
         where type is { Namespace: "WrnEngine.Ops", IsPublic: true, IsAbstract: true, IsSealed: true }
         from method in type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
         where method.ReturnType == typeof(Tensor)
         select method.Name).Distinct().Except(NotDifferentiable);

    [Test]
    public void OpsAreFound() => Assert.That(Ops().Count(), Is.GreaterThan(20));

    [TestCaseSource(nameof(Ops))]
    public void HasAGradientCase(string op) => Assert.That(AllGradientCases.All().Select(c => c.Op), Does.Contain(op));

    [Test]
    public void NamesAreUnique() => Assert.That(AllGradientCases.All().Select(c => c.ToString()), Is.Unique);
}
