using WrnEngine.Tests.Simulator.Support;

namespace WrnEngine.Tests.Simulator.Machine;

/// <summary>Exchange between lanes.</summary>
[Category("Simulator")]
public class WarpTests
{
    private static int[] RunOut(string body, int threads = 32)
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 out", $"""
            ld.param.u64 %rd1, [out];
            mov.u32 %r1, %tid.x;
            mul.wide.u32 %rd2, %r1, 4;
            add.s64 %rd3, %rd1, %rd2;
            mul.lo.u32 %r2, %r1, 10;
            {body}
            st.global.u32 [%rd3], %r3;
            ret;
            """));
        ulong output = simulation.Zeros(4 * threads);
        simulation.RunCleanly(threads, output);
        return simulation.Download<int>(output, threads);
    }

    private static IEnumerable<int> Each(Func<int, int> value) => Enumerable.Range(0, 32).Select(value);

    [Test]
    public void ShuffleDown() =>
        Assert.That(RunOut("shfl.sync.down.b32 %r3, %r2, 3, 0x1f, -1;"), Is.EqualTo(Each(static i => 10 * (i + 3 < 32 ? i + 3 : i))));

    [Test]
    public void ShuffleUp() =>
        Assert.That(RunOut("shfl.sync.up.b32 %r3, %r2, 3, 0, -1;"), Is.EqualTo(Each(static i => 10 * (i >= 3 ? i - 3 : i))));

    [Test]
    public void ShuffleButterflyInSegmentsOfEight() =>
        Assert.That(RunOut("shfl.sync.bfly.b32 %r3, %r2, 9, 0x181f, -1;"), Is.EqualTo(Each(static i => 10 * ((i ^ 9) <= ((i & 24) | 7) ? i ^ 9 : i))));

    [Test]
    public void ShuffleIndexInSegmentsOfSixteen() =>
        Assert.That(RunOut("shfl.sync.idx.b32 %r3, %r2, 5, 0x101f, -1;"), Is.EqualTo(Each(static i => 10 * ((i & 16) | 5))));

    [Test]
    public void ShuffleDownStopsAtTheSegmentsEnd() =>
        Assert.That(RunOut("""
            shfl.sync.down.b32 %r3|%p1, %r2, 2, 0x181f, -1;
            @!%p1 add.u32 %r3, %r3, 1;
            """), Is.EqualTo(Each(static i => i % 8 < 6 ? 10 * (i + 2) : (10 * i) + 1)));

    [Test]
    public void VotesCountTheMembersOnly() =>
        Assert.That(RunOut("""
            setp.ge.u32 %p1, %r1, 4;
            vote.sync.ballot.b32 %r3, %p1, -1;
            vote.sync.all.pred %p2, %p1, -1;
            vote.sync.any.pred %p3, %p1, -1;
            vote.sync.uni.pred %p4, %p1, -1;
            @%p2 add.u32 %r3, %r3, 1;
            @%p3 add.u32 %r3, %r3, 2;
            @%p4 add.u32 %r3, %r3, 4;
            """), Is.All.EqualTo(unchecked((int)0xFFFF_FFF2)));

    [Test]
    public void MatchFindsEqualLanes() =>
        Assert.That(RunOut("""
            and.b32 %r4, %r1, 3;
            match.any.sync.b32 %r3, %r4, -1;
            """), Is.EqualTo(Each(static i => 0x11111111 << (i % 4))));

    [Test]
    public void MatchAllNeedsAgreement() =>
        Assert.That(RunOut("""
            match.all.sync.b32 %r3|%p1, %r1, -1;
            @%p1 mov.u32 %r3, 77;
            mov.u32 %r5, 8;
            match.all.sync.b32 %r4|%p2, %r5, -1;
            @%p2 add.u32 %r3, %r3, %r4;
            """), Is.All.EqualTo(-1));

    [TestCase("add.u32", 496)]
    [TestCase("min.s32", 0)]
    [TestCase("max.u32", 31)]
    [TestCase("xor.b32", 0)]
    [TestCase("or.b32", 31)]
    [TestCase("and.b32", 0)]
    public void Reduction(string op, int expected) => Assert.That(RunOut($"redux.sync.{op} %r3, %r1, -1;"), Is.All.EqualTo(expected));

    [Test]
    public void GroupsWithDifferentMasksExchangeApart() =>
        Assert.That(RunOut("""
            setp.lt.u32 %p1, %r1, 16;
            selp.b32 %r4, 0xffff, 0xffff0000, %p1;
            redux.sync.add.u32 %r3, %r1, %r4;
            """), Is.EqualTo(Each(static i => i < 16 ? 120 : 376)));

    [Test]
    public void LanesAtDifferentPlacesMeetInOneShuffle() =>
        Assert.That(RunOut("""
            setp.lt.u32 %p1, %r1, 16;
            @%p1 bra LOW;
            shfl.sync.bfly.b32 %r3, %r2, 16, 0x1f, -1;
            bra END;
            LOW:
            shfl.sync.bfly.b32 %r3, %r2, 16, 0x1f, -1;
            add.u32 %r3, %r3, 1;
            END:
            """), Is.EqualTo(Each(static i => (10 * (i ^ 16)) + (i < 16 ? 1 : 0))));

    [Test]
    public void WarpBarrierOrdersSharedMemory()
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 out", """
            .shared .align 4 .b8 s[128];
            ld.param.u64 %rd1, [out];
            mov.u32 %r1, %tid.x;
            shl.b32 %r2, %r1, 2;
            mov.u32 %r3, s;
            add.u32 %r4, %r3, %r2;
            st.shared.u32 [%r4], %r1;
            bar.warp.sync -1;
            xor.b32 %r5, %r2, 124;
            add.u32 %r5, %r5, %r3;
            ld.shared.u32 %r6, [%r5];
            mul.wide.u32 %rd2, %r1, 4;
            add.s64 %rd3, %rd1, %rd2;
            st.global.u32 [%rd3], %r6;
            ret;
            """));
        ulong output = simulation.Zeros(128);
        simulation.RunCleanly(32, output);
        Assert.That(simulation.Download<int>(output, 32), Is.EqualTo(Each(static i => 31 - i)));
    }
}
