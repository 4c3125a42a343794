using System.Reflection;
using WrnEngine.Devices;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.OpCases;

namespace WrnEngine.Tests.Engine.Devices;

/// <summary>No op family may grow a method that nothing compares with the oracle.</summary>
public class OpCaseCoverageTests
{
    private static IEnumerable<string> FamilyMethods() =>
        from property in typeof(Device).GetProperties(BindingFlags.Public | BindingFlags.Instance)
        where property.PropertyType.IsInterface && property.PropertyType.Namespace == typeof(Device).Namespace
        from method in property.PropertyType.GetMethods()
        select $"{property.PropertyType.Name}.{method.Name}";

    [Test]
    public void TheFamiliesAreFound() => Assert.That(FamilyMethods().Count(), Is.GreaterThan(25));

    [TestCaseSource(nameof(FamilyMethods))]
    public void HasACase(string method) => Assert.That(AllCases.All().Select(c => c.Method), Does.Contain(method));

    [Test]
    public void EveryCaseNamesAMethodOfAFamily() =>
        Assert.That(AllCases.All().Select(c => c.Method).Distinct(), Is.SubsetOf(FamilyMethods()));

    [Test]
    public void NamesAreUnique() => Assert.That(AllCases.All().Select(c => c.ToString()), Is.Unique);

    [Test]
    public void DataIsTheSameEveryTime()
    {
        foreach (var c in AllCases.All().Where((_, i) => i % 17 == 0))
        {
            var (first, second) = (c.CreateArrays(), c.CreateArrays());
            foreach (var a in c.Arguments) Assert.That(first[a.Name].Values, Is.EqualTo(second[a.Name].Values), $"{c} {a.Name}");
        }
    }

    [Test]
    public void EveryOutputIsWrittenByTheReference()
    {
        foreach (var c in AllCases.All().Where((_, i) => i % 7 == 0))
        {
            var (before, after) = (c.CreateArrays(), c.CreateExpected());
            foreach (var a in c.Arguments.Where(a => a.Role != ArgumentRole.Input)) Assert.That(after[a.Name], Is.Not.SameAs(before[a.Name]), $"{c} {a.Name}");
        }
    }

    [Test]
    public void CostsAreStated()
    {
        foreach (var c in AllCases.All())
        {
            Assert.That(c.Bytes, Is.Positive, c.ToString());
            Assert.That(c.Flops, Is.Not.Negative, c.ToString());
            Assert.That(c.ReductionLength, Is.Positive, c.ToString());
        }
    }
}
