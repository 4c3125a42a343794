using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using WrnEngine.Devices.Cpu;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Engine.Determinism;

/// <summary>
/// Runs every test of category Cpu again in processes of their own where AVX-512, or AVX2 as well, is switched off, so that each path
/// that the CPU device can take is held against the oracle on any machine that has them all.
/// </summary>
public class InstructionSetTests
{
    /// <summary>In a child process: the level is the one that its parent asked for.</summary>
    [Test]
    [Category("Cpu")]
    public void TheLevelIsTheOneThisProcessWasStartedFor()
    {
        switch (ChildRun.ExpectedLevel)
        {
            case null:
                Assert.That(CpuDevice.InstructionSet, Is.EqualTo(Vector512.IsHardwareAccelerated ? "AVX-512" : Avx2.IsSupported ? "AVX2" : "portable SIMD"));
                break;
            case "AVX2":
                Assert.That((Avx512F.IsSupported, Vector512.IsHardwareAccelerated, Avx2.IsSupported, Fma.IsSupported), Is.EqualTo((false, false, true, true)));
                Assert.That(CpuDevice.InstructionSet, Is.EqualTo("AVX2"));
                break;
            case "portable":
                Assert.That((Avx512F.IsSupported, Vector256.IsHardwareAccelerated, Avx2.IsSupported, Fma.IsSupported), Is.EqualTo((false, false, false, false)));
                Assert.That(CpuDevice.InstructionSet, Is.EqualTo("portable SIMD"));
                break;
            default:
                Assert.Fail($"{ChildRun.LevelVariable} is '{ChildRun.ExpectedLevel}'");
                break;
        }
    }

    private readonly Lazy<Dictionary<string, Task<ChildRun>>> _children = new(() => ChildRun.BelowThisProcess("TestCategory=Cpu"));

    [TestCase("AVX2")]
    [TestCase("portable")]
    [Category("InstructionSets")]
    public async Task EveryCpuTestPassesWith(string level)
    {
        if (ChildRun.ExpectedLevel is not null) Assert.Ignore("this process is itself such a run");
        if (!_children.Value.TryGetValue(level, out var child))
        {
            Assert.Ignore($"the tests of this process take the {CpuDevice.InstructionSet} path, the highest that this processor has; {level} is not below it");
            return;
        }
        (await child).AssertPassed(moreThan: 1000);
    }
}
