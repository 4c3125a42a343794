using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Tests.Simulator.Support;

namespace WrnEngine.Tests.Simulator.Checks;

/// <summary>Both halves of a warp read the same places, as in blocks 16 threads wide; only one half's reads race with what comes next.</summary>
[Category("Simulator")]
public class HalfWarpRaceTests
{
    /// <param name="place">Computes into %r3, from the lane modulo 16 in %r2, the byte that a lane reads and that the writing lanes write.</param>
    /// <param name="space">Where.</param>
    /// <param name="between">What is between the reads and the writes.</param>
    private static LaunchResult Run(string place, string space, string between)
    {
        string body = $"""
            .shared .align 16 .b8 s[4096];
            ld.param.u64 %rd1, [data];
            mov.u32 %r1, %tid.x;
            and.b32 %r2, %r1, 15;
            {place}
            mov.u32 %r4, s;
            add.u32 %r4, %r4, %r3;
            cvt.u64.u32 %rd2, %r3;
            add.u64 %rd2, %rd1, %rd2;
            ld.{space}.u32 %r5, [{(space == "shared" ? "%r4" : "%rd2")}];
            {between}
            setp.lt.u32 %p1, %r1, 16;
            add.u32 %r6, %r1, 7;
            @%p1 st.{space}.u32 [{(space == "shared" ? "%r4" : "%rd2")}], %r6;
            """;
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 data", body));
        ulong data = simulation.Upload(new byte[4096]);
        return simulation.Run(new Dim3(1), new Dim3(32), new LaunchOptions { Checks = CheckKinds.Racecheck }, 0, data);
    }

    [Test]
    public void TheOtherHalfsReadIsSeen(
        [Values("shl.b32 %r3, %r2, 2;", "mul.lo.u32 %r3, %r2, 36;")] string place, [Values("shared", "global")] string space)
    {
        LaunchResult racy = Run(place, space, string.Empty);
        Assert.That(racy.Status, Is.EqualTo(LaunchStatus.Success), racy.Message);
        Assert.That(racy.Findings, Has.Count.EqualTo(1));
        Assert.That(racy.Findings[0].Other!.Thread.X, Is.EqualTo(racy.Findings[0].Thread.X + 16), "the thread that wrote the place had read it too");
        Assert.That(racy.Findings[0].Count, Is.EqualTo(16));
        Assert.That(Run(place, space, "bar.warp.sync -1;").Findings, Is.Empty);
    }
}
