using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Tests.Simulator.Support;

namespace WrnEngine.Tests.Simulator.Machine;

[Category("Simulator")]
public class BarrierTests
{
    [Test]
    public void BarrierInALoop()
    {
        // A sum by halves in shared memory.
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 out", """
            .shared .align 4 .b8 s[1024];
            ld.param.u64 %rd1, [out];
            mov.u32 %r1, %tid.x;
            shl.b32 %r2, %r1, 2;
            mov.u32 %r3, s;
            add.u32 %r4, %r3, %r2;
            st.shared.u32 [%r4], %r1;
            mov.u32 %r5, 128;
            LOOP:
            bar.sync 0;
            setp.ge.u32 %p1, %r1, %r5;
            @%p1 bra SKIP;
            shl.b32 %r6, %r5, 2;
            add.u32 %r6, %r6, %r4;
            ld.shared.u32 %r7, [%r6];
            ld.shared.u32 %r8, [%r4];
            add.u32 %r8, %r8, %r7;
            st.shared.u32 [%r4], %r8;
            SKIP:
            shr.u32 %r5, %r5, 1;
            setp.ne.u32 %p2, %r5, 0;
            @%p2 bra LOOP;
            setp.ne.u32 %p3, %r1, 0;
            @%p3 bra END;
            ld.shared.u32 %r9, [s];
            st.global.u32 [%rd1], %r9;
            END:
            ret;
            """));
        ulong output = simulation.Zeros(4);
        simulation.RunCleanly(256, output);
        Assert.That(simulation.Download<int>(output, 1)[0], Is.EqualTo(255 * 256 / 2));
    }

    [Test]
    public void ProducersArriveAndConsumersWait()
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 out", """
            .shared .align 4 .b8 s[128];
            ld.param.u64 %rd1, [out];
            mov.u32 %r1, %tid.x;
            and.b32 %r2, %r1, 31;
            shl.b32 %r3, %r2, 2;
            mov.u32 %r4, s;
            add.u32 %r4, %r4, %r3;
            setp.ge.u32 %p1, %r1, 32;
            @%p1 bra CONSUMER;
            add.u32 %r5, %r2, 100;
            st.shared.u32 [%r4], %r5;
            bar.arrive 3, 64;
            bra END;
            CONSUMER:
            bar.sync 3, 64;
            ld.shared.u32 %r6, [%r4];
            mul.wide.u32 %rd2, %r2, 4;
            add.s64 %rd3, %rd1, %rd2;
            st.global.u32 [%rd3], %r6;
            END:
            ret;
            """));
        ulong output = simulation.Zeros(128);
        simulation.RunCleanly(64, output);
        Assert.That(simulation.Download<int>(output, 32), Is.EqualTo(Enumerable.Range(100, 32)));
    }

    [Test]
    public void ReducingBarriers()
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 out", """
            ld.param.u64 %rd1, [out];
            mov.u32 %r1, %tid.x;
            setp.lt.u32 %p1, %r1, 40;
            setp.lt.u32 %p2, %r1, 1000;
            bar.red.popc.u32 %r2, 0, %p1;
            bar.red.and.pred %p3, 0, %p2;
            bar.red.or.pred %p4, 0, !%p2;
            selp.u32 %r3, 1000, 0, %p3;
            selp.u32 %r4, 10000, 0, %p4;
            add.u32 %r2, %r2, %r3;
            add.u32 %r2, %r2, %r4;
            mul.wide.u32 %rd2, %r1, 4;
            add.s64 %rd3, %rd1, %rd2;
            st.global.u32 [%rd3], %r2;
            ret;
            """));
        ulong output = simulation.Zeros(4 * 96);
        simulation.RunCleanly(96, output);
        Assert.That(simulation.Download<int>(output, 96), Is.All.EqualTo(1040));
    }

    [Test]
    public void ABarrierNobodyElseReachesIsADeadlock()
    {
        using var simulation = new Simulation(Simulation.Kernel("", """
            mov.u32 %r1, %tid.x;
            setp.lt.u32 %p1, %r1, 32;
            @%p1 bra A;
            bar.sync 1;
            bra END;
            A:
            bar.sync 2;
            END:
            ret;
            """));
        LaunchResult result = simulation.Run(new Dim3(1), new Dim3(64), null, 0);
        Assert.That(result.Status, Is.EqualTo(LaunchStatus.LaunchTimeout));
        Assert.That(result.Message, Does.Contain("deadlock").And.Contain("barrier"));
    }

    [Test]
    public void TheLastBlockSeesWhatAllWrote()
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 parts, .param .u64 counter, .param .u64 out", """
            ld.param.u64 %rd1, [parts];
            ld.param.u64 %rd2, [counter];
            ld.param.u64 %rd3, [out];
            mov.u32 %r1, %ctaid.x;
            mul.wide.u32 %rd4, %r1, 4;
            add.s64 %rd5, %rd1, %rd4;
            add.u32 %r2, %r1, 1;
            st.global.u32 [%rd5], %r2;
            membar.gl;
            mov.u32 %r3, %nctaid.x;
            add.u32 %r4, %r3, -1;
            atom.global.inc.u32 %r5, [%rd2], %r4;
            setp.ne.u32 %p1, %r5, %r4;
            @%p1 bra END;
            membar.gl;
            mov.u32 %r6, 0;
            mov.u32 %r7, 0;
            LOOP:
            mul.wide.u32 %rd6, %r7, 4;
            add.s64 %rd7, %rd1, %rd6;
            ld.global.u32 %r8, [%rd7];
            add.u32 %r6, %r6, %r8;
            add.u32 %r7, %r7, 1;
            setp.lt.u32 %p2, %r7, %r3;
            @%p2 bra LOOP;
            st.global.u32 [%rd3], %r6;
            END:
            ret;
            """));
        ulong parts = simulation.Zeros(400);
        ulong counter = simulation.Zeros(4);
        ulong output = simulation.Zeros(4);
        simulation.RunCleanly(new Dim3(50), new Dim3(1), parts, counter, output);
        Assert.That(simulation.Download<int>(output, 1)[0], Is.EqualTo(50 * 51 / 2));
    }

    [Test]
    public void ABlockMayWaitForALaterOne()
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 flag", """
            ld.param.u64 %rd1, [flag];
            mov.u32 %r1, %ctaid.x;
            setp.eq.u32 %p1, %r1, 3;
            @%p1 bra LAST;
            WAIT:
            ld.acquire.gpu.global.u32 %r2, [%rd1];
            setp.eq.u32 %p2, %r2, 0;
            @%p2 bra WAIT;
            bra END;
            LAST:
            st.release.gpu.global.u32 [%rd1], 1;
            END:
            ret;
            """));
        ulong flag = simulation.Zeros(4);
        LaunchResult result = simulation.Run(new Dim3(4), new Dim3(32), new LaunchOptions { Workers = 1, StepLimit = 200_000_000 }, 0, flag);
        Assert.That(result.Status, Is.EqualTo(LaunchStatus.Success), result.Message);
    }

    [Test]
    public void MbarrierPhasesAndTransactions()
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 out", """
            .shared .align 8 .b8 bar[8];
            .shared .align 4 .b8 s[256];
            ld.param.u64 %rd1, [out];
            mov.u32 %r1, %tid.x;
            setp.ne.u32 %p1, %r1, 0;
            @%p1 bra READY;
            mbarrier.init.shared.b64 [bar], 64;
            READY:
            bar.sync 0;
            shl.b32 %r2, %r1, 2;
            mov.u32 %r3, s;
            add.u32 %r4, %r3, %r2;
            st.shared.u32 [%r4], %r1;
            mbarrier.arrive.shared.b64 %rd9, [bar];
            WAIT:
            mbarrier.try_wait.parity.shared.b64 %p2, [bar], 0;
            @!%p2 bra WAIT;
            xor.b32 %r5, %r2, 252;
            add.u32 %r5, %r5, %r3;
            ld.shared.u32 %r6, [%r5];
            mul.wide.u32 %rd2, %r1, 4;
            add.s64 %rd3, %rd1, %rd2;
            st.global.u32 [%rd3], %r6;
            ret;
            """));
        ulong output = simulation.Zeros(256);
        simulation.RunCleanly(64, output);
        Assert.That(simulation.Download<int>(output, 64), Is.EqualTo(Enumerable.Range(0, 64).Select(static i => 63 - i)));
    }
}
