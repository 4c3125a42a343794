using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Simulator.Robustness;

/// <summary>
/// The simulator's lanes are SIMD vectors: its instructions, its machine and its checks are tested again where AVX-512, or AVX2 as well, is
/// switched off.
/// </summary>
public class SimulatorInstructionSetTests
{
    private readonly Lazy<Dictionary<string, Task<ChildRun>>> _children = new(() => ChildRun.BelowThisProcess(
        "FullyQualifiedName~Simulator.InstructionTests|FullyQualifiedName~Simulator.Machine|FullyQualifiedName~Simulator.Checks"
        + "|FullyQualifiedName~TheLevelIsTheOneThisProcessWasStartedFor"));

    [TestCase("AVX2")]
    [TestCase("portable")]
    [Category("InstructionSets")]
    public async Task EverySimulatorTestPassesWith(string level)
    {
        if (ChildRun.ExpectedLevel is not null) Assert.Ignore("this process is itself such a run");
        if (!_children.Value.TryGetValue(level, out Task<ChildRun>? child))
        {
            Assert.Ignore($"this processor has no instruction set above {level} that could be switched off");
            return;
        }
        (await child).AssertPassed(moreThan: 500);
    }
}
