using WrnEngine.Devices;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.OpCases;

namespace WrnEngine.Tests.Engine.Devices;

/// <summary>Every op case against the oracle, on every device.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
public class OpCaseTests(TestDevice device) : DeviceFixture(device)
{
    [Test]
    public void ComputesInTheTypesOfItsCases() => Assert.That(Kind.ElementTypes, Is.EquivalentTo(Enum.GetValues<DType>().Where(Device.Computes)));

    [DeviceCases(typeof(AllCases), nameof(AllCases.All))]
    [LeakCheck]
    public void MatchesTheOracle(OpCase c)
    {
        using var scope = new StepScope();
        var before = c.CreateArrays();
        var tensors = c.Upload(Device, before);
        c.Run(Device, tensors);
        Device.Synchronize();
        var expected = c.CreateExpected();
        foreach (var argument in c.Arguments)
        {
            var actual = tensors[argument.Name];
            if (argument.Role != ArgumentRole.Input)
            {
                double? typical = expected.Typical.TryGetValue(argument.Name, out double size) ? size : null;
                TensorAssert.AreClose(actual, expected[argument.Name], (argument.ReductionLength ?? c.ReductionLength) * c.ErrorFactor * c.ErrorFactor, typical, argument.Name);
            }
            else if (argument.DType == DType.Float32)
            {
                TensorAssert.AreBitIdentical(actual.ToArray<float>(), before[argument.Name].ToFloats(), $"input {argument.Name}");
            }
            else
            {
                TensorAssert.AreClose(actual, before[argument.Name], what: $"input {argument.Name}");
            }
        }
    }
}
