using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Tests.Simulator.Support;

namespace WrnEngine.Tests.Simulator.Machine;

[Category("Simulator")]
public class DivergenceTests
{
    private const string Address = """
        ld.param.u64 %rd1, [out];
        mov.u32 %r1, %tid.x;
        mul.wide.u32 %rd2, %r1, 4;
        add.s64 %rd3, %rd1, %rd2;
        """;

    private static int[] RunOut(string body, int threads = 32, string module = "")
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 out", Address + body, module));
        ulong output = simulation.Zeros(4 * threads);
        simulation.RunCleanly(threads, output);
        return simulation.Download<int>(output, threads);
    }

    private static int[] Expect(Func<int, int> value, int threads = 32) => [.. Enumerable.Range(0, threads).Select(value)];

    [Test]
    public void IfElseMeetsAgain()
    {
        // activemask behind the branch shows that the lanes run together again.
        int[] result = RunOut("""
            and.b32 %r2, %r1, 1;
            setp.eq.u32 %p1, %r2, 0;
            @%p1 bra EVEN;
            mov.u32 %r3, 7;
            bra END;
            EVEN:
            mov.u32 %r3, 9;
            END:
            activemask.b32 %r4;
            add.u32 %r3, %r3, %r4;
            st.global.u32 [%rd3], %r3;
            ret;
            """);
        Assert.That(result, Is.EqualTo(Expect(i => (i % 2 == 0 ? 9 : 7) - 1)));
    }

    [Test]
    public void LoopWithDifferentTripCounts()
    {
        int[] result = RunOut("""
            mov.u32 %r2, 0;
            mov.u32 %r3, 0;
            LOOP:
            setp.gt.u32 %p1, %r2, %r1;
            @%p1 bra END;
            add.u32 %r3, %r3, %r2;
            add.u32 %r2, %r2, 1;
            bra LOOP;
            END:
            activemask.b32 %r4;
            popc.b32 %r5, %r4;
            mul.lo.u32 %r5, %r5, 1000;
            add.u32 %r3, %r3, %r5;
            st.global.u32 [%rd3], %r3;
            ret;
            """);
        Assert.That(result, Is.EqualTo(Expect(i => (i * (i + 1) / 2) + 32000)));
    }

    [Test]
    public void EarlyReturnDoesNotKeepTheOthersApart()
    {
        int[] result = RunOut("""
            setp.lt.u32 %p1, %r1, 8;
            @%p1 bra LOW;
            bra MEET;
            LOW:
            setp.lt.u32 %p2, %r1, 4;
            @%p2 bra GONE;
            bra MEET;
            GONE:
            ret;
            MEET:
            activemask.b32 %r4;
            st.global.u32 [%rd3], %r4;
            ret;
            """);
        Assert.That(result, Is.EqualTo(Expect(i => i < 4 ? 0 : unchecked((int)0xFFFF_FFF0))));
    }

    [Test]
    public void NestedDivergence()
    {
        int[] result = RunOut("""
            mov.u32 %r9, 0;
            setp.ge.u32 %p1, %r1, 16;
            @%p1 bra HIGH;
            setp.ge.u32 %p2, %r1, 8;
            @%p2 bra MIDDLE;
            add.u32 %r9, %r9, 1;
            bra LOWEND;
            MIDDLE:
            add.u32 %r9, %r9, 2;
            LOWEND:
            activemask.b32 %r2;
            popc.b32 %r2, %r2;
            mul.lo.u32 %r2, %r2, 10;
            add.u32 %r9, %r9, %r2;
            bra END;
            HIGH:
            add.u32 %r9, %r9, 3;
            END:
            st.global.u32 [%rd3], %r9;
            ret;
            """);
        Assert.That(result, Is.EqualTo(Expect(i => i >= 16 ? 3 : 160 + (i >= 8 ? 2 : 1))));
    }

    [Test]
    public void IndexedBranchSendsEachLaneItsWay()
    {
        int[] result = RunOut("""
            rem.u32 %r2, %r1, 3;
            L: .branchtargets A, B, C;
            brx.idx %r2, L;
            A: mov.u32 %r3, 100;
            bra END;
            B: mov.u32 %r3, 200;
            bra END;
            C: mov.u32 %r3, 300;
            END:
            activemask.b32 %r4;
            popc.b32 %r4, %r4;
            add.u32 %r3, %r3, %r4;
            st.global.u32 [%rd3], %r3;
            ret;
            """);
        Assert.That(result, Is.EqualTo(Expect(i => (100 * ((i % 3) + 1)) + 32)));
    }

    [Test]
    public void RecursionKeepsEachActivationApart()
    {
        const string Fibonacci = """
            .func (.param .b32 result) fib(.param .b32 n)
            {
                .reg .pred %p1;
                .reg .b32 %r<10>;
                ld.param.b32 %r1, [n];
                setp.lt.s32 %p1, %r1, 2;
                @%p1 bra BASE;
                add.s32 %r2, %r1, -1;
                {
                    .param .b32 a; .param .b32 r;
                    st.param.b32 [a], %r2;
                    call (r), fib, (a);
                    ld.param.b32 %r3, [r];
                }
                add.s32 %r4, %r1, -2;
                {
                    .param .b32 a; .param .b32 r;
                    st.param.b32 [a], %r4;
                    call (r), fib, (a);
                    ld.param.b32 %r5, [r];
                }
                add.s32 %r6, %r3, %r5;
                st.param.b32 [result], %r6;
                ret;
                BASE:
                st.param.b32 [result], %r1;
                ret;
            }
            """;
        int[] result = RunOut("""
            and.b32 %r2, %r1, 7;
            {
                .param .b32 a; .param .b32 r;
                st.param.b32 [a], %r2;
                call (r), fib, (a);
                ld.param.b32 %r3, [r];
            }
            activemask.b32 %r4;
            popc.b32 %r4, %r4;
            mul.lo.u32 %r4, %r4, 100;
            add.u32 %r3, %r3, %r4;
            st.global.u32 [%rd3], %r3;
            ret;
            """, module: Fibonacci);
        int[] fib = [0, 1, 1, 2, 3, 5, 8, 13];
        Assert.That(result, Is.EqualTo(Expect(i => fib[i % 8] + 3200)));
    }

    [Test]
    public void IndirectCallsReachDifferentFunctions()
    {
        const string Functions = """
            .func (.param .b32 result) twice(.param .b32 n)
            {
                .reg .b32 %r<3>;
                ld.param.b32 %r1, [n];
                add.s32 %r2, %r1, %r1;
                st.param.b32 [result], %r2;
                ret;
            }
            .func (.param .b32 result) negate(.param .b32 n)
            {
                .reg .b32 %r<3>;
                ld.param.b32 %r1, [n];
                neg.s32 %r2, %r1;
                st.param.b32 [result], %r2;
                ret;
            }
            """;
        int[] result = RunOut("""
            and.b32 %r2, %r1, 1;
            setp.eq.u32 %p1, %r2, 0;
            mov.u64 %rd4, twice;
            mov.u64 %rd5, negate;
            selp.b64 %rd6, %rd4, %rd5, %p1;
            {
                .param .b32 a; .param .b32 r;
                st.param.b32 [a], %r1;
                P: .callprototype (.param .b32 _) _ (.param .b32 _);
                call (r), %rd6, (a), P;
                ld.param.b32 %r3, [r];
            }
            st.global.u32 [%rd3], %r3;
            ret;
            """, module: Functions);
        Assert.That(result, Is.EqualTo(Expect(i => i % 2 == 0 ? 2 * i : -i)));
    }

    [Test]
    public void LanesOfAWarpMayFightForALock()
    {
        // The holder stands behind the loop while the others spin in it: without independent lanes this never ends.
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 lock, .param .u64 counter", """
            ld.param.u64 %rd1, [lock];
            ld.param.u64 %rd2, [counter];
            SPIN:
            atom.global.acq_rel.gpu.cas.b32 %r1, [%rd1], 0, 1;
            setp.ne.u32 %p1, %r1, 0;
            @%p1 bra SPIN;
            ld.volatile.global.u32 %r2, [%rd2];
            add.u32 %r2, %r2, 1;
            st.volatile.global.u32 [%rd2], %r2;
            membar.gl;
            atom.global.exch.b32 %r3, [%rd1], 0;
            ret;
            """));
        ulong mutex = simulation.Zeros(4);
        ulong counter = simulation.Zeros(4);
        LaunchResult result = simulation.Run(new Dim3(2), new Dim3(32), new LaunchOptions { StepLimit = 100_000_000 }, 0, mutex, counter);
        Assert.That(result.Status, Is.EqualTo(LaunchStatus.Success), result.Message);
        Assert.That(simulation.Download<int>(counter, 1)[0], Is.EqualTo(64));
    }

    [Test]
    public void EndlessLoopEndsAtTheStepLimit()
    {
        using var simulation = new Simulation(Simulation.Kernel("", "LOOP: bra LOOP;"));
        LaunchResult result = simulation.Run(new Dim3(1), new Dim3(32), new LaunchOptions { StepLimit = 100_000 }, 0);
        Assert.That(result.Status, Is.EqualTo(LaunchStatus.LaunchTimeout));
        Assert.That(result.Message, Does.Contain("step limit"));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(77)]
    public void ResultsDoNotDependOnTheSchedule(int seed)
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 out", """
            .shared .align 4 .b8 s[1024];
            ld.param.u64 %rd1, [out];
            mov.u32 %r1, %tid.x;
            mov.u32 %r2, %ctaid.x;
            shl.b32 %r3, %r1, 2;
            mov.u32 %r4, s;
            add.u32 %r5, %r4, %r3;
            mad.lo.u32 %r6, %r2, 1000, %r1;
            st.shared.u32 [%r5], %r6;
            bar.sync 0;
            xor.b32 %r7, %r3, 1020;
            add.u32 %r7, %r7, %r4;
            ld.shared.u32 %r8, [%r7];
            mad.lo.u32 %r9, %r2, 256, %r1;
            mul.wide.u32 %rd2, %r9, 4;
            add.s64 %rd3, %rd1, %rd2;
            st.global.u32 [%rd3], %r8;
            ret;
            """));
        ulong output = simulation.Zeros(4 * 256 * 5);
        LaunchResult result = simulation.Run(new Dim3(5), new Dim3(256), new LaunchOptions { Seed = seed, Checks = CheckKinds.All }, 0, output);
        Assert.That(result.Findings, Is.Empty);
        Assert.That(simulation.Download<int>(output, 1280), Is.EqualTo(Expect(i => (1000 * (i / 256)) + (255 - (i % 256)), 1280)));
    }
}
