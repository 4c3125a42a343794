using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Tests.Simulator.Support;

namespace WrnEngine.Tests.Simulator.Checks;

/// <summary>Several warps read a place that the first of them writes again: barriers for some of the readers do not order the others.</summary>
[Category("Simulator")]
public class PartialBarrierRaceTests
{
    private static LaunchResult Run(int readers, int seed)
    {
        string body = $"""
            .shared .align 16 .b8 s[64];
            mov.u32 %r1, %tid.x;
            setp.lt.u32 %p1, %r1, {readers};
            setp.lt.u32 %p2, %r1, 64;
            @%p1 ld.shared.u32 %r2, [s];
            @%p2 bar.sync 1, 64;
            @%p2 bar.sync 1, 64;
            setp.eq.u32 %p3, %r1, 0;
            @%p3 st.shared.u32 [s], 7;
            """;
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 data", body));
        ulong data = simulation.Upload(new byte[64]);
        return simulation.Run(new Dim3(1), new Dim3(128), new LaunchOptions { Checks = CheckKinds.Racecheck, Seed = seed }, 0, data);
    }

    [Test]
    public void AThirdReaderIsNotForgotten([Range(0, 4)] int seed)
    {
        LaunchResult racy = Run(96, seed);
        Assert.That(racy.Status, Is.EqualTo(LaunchStatus.Success), racy.Message);
        Assert.That(racy.Findings, Has.Count.EqualTo(1));
        int[] parties = [racy.Findings[0].Thread.X, racy.Findings[0].Other!.Thread.X];
        Assert.That(parties, Does.Contain(0).And.Some.InRange(64, 95));
        Assert.That(Run(64, seed).Findings, Is.Empty);
    }
}
