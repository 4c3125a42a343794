using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Tests.Simulator.Support;

namespace WrnEngine.Tests.Simulator.Checks;

/// <summary>
/// Kernels with one mistake each, on the line marked <c>// BUG</c>, and the same kernels put right. The kernel gets a buffer of 64 words
/// that the host wrote and one of 64 words that nobody wrote.
/// </summary>
[Category("Simulator")]
public class PlantedBugTests
{
    private const string Prologue = """
        .shared .align 16 .b8 s[512];
        .local .align 8 .b8 loc[32];
        ld.param.u64 %rd1, [data];
        ld.param.u64 %rd2, [fresh];
        mov.u32 %r1, %tid.x;
        mov.u32 %r2, s;
        shl.b32 %r3, %r1, 2;
        add.u32 %r4, %r2, %r3;
        mul.wide.u32 %rd3, %r1, 4;
        add.s64 %rd4, %rd1, %rd3;
        add.s64 %rd5, %rd2, %rd3;
        mov.u64 %rd6, loc;

        """;

    private sealed record Planted(string Name, CheckKinds Check, string Message, string Bug, string Fix, int Threads = 64, int Blocks = 1);

    private static readonly Planted[] All =
    [
        // memcheck
        new("one past the end", CheckKinds.Memcheck, "out of bounds", "ld.global.u32 %r5, [%rd1+256]; // BUG", "ld.global.u32 %r5, [%rd1+252];"),
        new("before the start", CheckKinds.Memcheck, "out of bounds", "ld.global.u32 %r5, [%rd1+-4]; // BUG", "ld.global.u32 %r5, [%rd1];"),
        new("a store by the thread behind the last", CheckKinds.Memcheck, "out of bounds", "st.global.u32 [%rd4+4], %r1; // BUG", "st.global.u32 [%rd4], %r1;"),
        new("a vector across the end", CheckKinds.Memcheck, "out of bounds", "ld.global.v4.u32 {%r5,%r6,%r7,%r8}, [%rd1+256]; // BUG", "ld.global.v4.u32 {%r5,%r6,%r7,%r8}, [%rd1+240];"),
        new("an atomic behind the end", CheckKinds.Memcheck, "out of bounds", "red.global.add.u32 [%rd1+260], 1; // BUG", "red.global.add.u32 [%rd1+200], 1;"),
        new("a misaligned load", CheckKinds.Memcheck, "misaligned", "ld.global.u64 %rd9, [%rd1+4]; // BUG", "ld.global.u64 %rd9, [%rd1+8];"),
        // racecheck
        new("no barrier between write and read", CheckKinds.Racecheck, "between warps in shared memory: read after write", """
            st.shared.u32 [%r4], 0;
            bar.sync 0;
            st.shared.u32 [%r4], %r1;
            xor.b32 %r5, %r3, 252;
            add.u32 %r5, %r5, %r2;
            ld.shared.u32 %r6, [%r5]; // BUG
            """, """
            st.shared.u32 [%r4], %r1;
            xor.b32 %r5, %r3, 252;
            add.u32 %r5, %r5, %r2;
            bar.sync 0;
            ld.shared.u32 %r6, [%r5];
            """),
        new("no barrier between read and write", CheckKinds.Racecheck, "between warps in shared memory: write after read", """
            st.shared.u32 [%r4], %r1;
            bar.sync 0;
            xor.b32 %r5, %r3, 252;
            add.u32 %r5, %r5, %r2;
            ld.shared.u32 %r6, [%r5];
            st.shared.u32 [%r4], %r6; // BUG
            """, """
            st.shared.u32 [%r4], %r1;
            bar.sync 0;
            xor.b32 %r5, %r3, 252;
            add.u32 %r5, %r5, %r2;
            ld.shared.u32 %r6, [%r5];
            bar.sync 0;
            st.shared.u32 [%r4], %r6;
            """),
        new("lanes of a warp without syncwarp", CheckKinds.Racecheck, "inside a warp in shared memory: read after write", """
            st.shared.u32 [%r4], %r1;
            xor.b32 %r5, %r3, 4;
            add.u32 %r5, %r5, %r2;
            ld.shared.u32 %r6, [%r5]; // BUG
            """, """
            st.shared.u32 [%r4], %r1;
            xor.b32 %r5, %r3, 4;
            add.u32 %r5, %r5, %r2;
            bar.warp.sync -1;
            ld.shared.u32 %r6, [%r5];
            """),
        new("all threads store to one word", CheckKinds.Racecheck, "write after write", "st.global.u32 [%rd1], %r1; // BUG", "st.global.u32 [%rd1], 7;"),
        new("two blocks store to one word", CheckKinds.Racecheck, "between blocks in global memory: write after write", """
            mov.u32 %r5, %ctaid.x;
            add.u32 %r5, %r5, 100;
            st.global.u32 [%rd4], %r5; // BUG
            """, """
            mov.u32 %r5, %ctaid.x;
            add.u32 %r5, %r5, 100;
            red.global.add.u32 [%rd4], %r5;
            """, Blocks: 2),
        new("an atomic against a plain load", CheckKinds.Racecheck, "read after write", """
            red.global.add.u32 [%rd1], 1;
            ld.global.u32 %r5, [%rd1]; // BUG
            """, """
            red.global.add.u32 [%rd1], 1;
            bar.sync 0;
            ld.global.u32 %r5, [%rd1];
            """),
        new("the flag of another block without a fence", CheckKinds.Racecheck, "between blocks", """
            mov.u32 %r5, %ctaid.x;
            setp.eq.u32 %p1, %r5, 1;
            @%p1 bra SECOND;
            st.global.u32 [%rd1], 5;
            atom.global.exch.b32 %r6, [%rd1+4], 1;
            bra END;
            SECOND:
            atom.global.add.u32 %r6, [%rd1+4], 0;
            ld.global.u32 %r7, [%rd1]; // BUG
            END:
            """, """
            mov.u32 %r5, %ctaid.x;
            setp.eq.u32 %p1, %r5, 1;
            @%p1 bra SECOND;
            st.global.u32 [%rd1], 5;
            membar.gl;
            atom.global.exch.b32 %r6, [%rd1+4], 1;
            bra END;
            SECOND:
            atom.global.add.u32 %r6, [%rd1+4], 0;
            membar.gl;
            ld.global.u32 %r7, [%rd1];
            END:
            """, 1, 2),
        new("the other half of a word was written last", CheckKinds.Racecheck, "between warps in shared memory: read after write", """
            st.shared.u32 [%r4], 0;
            bar.sync 0;
            shl.b32 %r5, %r1, 1;
            add.u32 %r5, %r5, %r2;
            cvt.u16.u32 %h1, %r1;
            st.shared.u16 [%r5], %h1;
            mov.u32 %r6, 63;
            sub.u32 %r6, %r6, %r1;
            shl.b32 %r6, %r6, 1;
            add.u32 %r6, %r6, %r2;
            ld.shared.u16 %h2, [%r6]; // BUG
            """, """
            shl.b32 %r5, %r1, 1;
            add.u32 %r5, %r5, %r2;
            cvt.u16.u32 %h1, %r1;
            st.shared.u16 [%r5], %h1;
            ld.shared.u16 %h2, [%r5];
            """),
        new("neighbouring bytes of one word, one of them also by another thread", CheckKinds.Racecheck, "write after write", """
            add.u64 %rd7, %rd1, %rd3;
            cvt.u16.u32 %h1, %r1;
            mul.wide.u32 %rd8, %r1, 1;
            add.s64 %rd8, %rd1, %rd8;
            st.global.u8 [%rd8], %h1;
            setp.eq.u32 %p1, %r1, 40;
            add.u16 %h1, %h1, 100;
            @%p1 st.global.u8 [%rd1+2], %h1; // BUG
            """, """
            cvt.u16.u32 %h1, %r1;
            mul.wide.u32 %rd8, %r1, 1;
            add.s64 %rd8, %rd1, %rd8;
            st.global.u8 [%rd8], %h1;
            """),
        // initcheck
        new("global memory nobody wrote", CheckKinds.Initcheck, "global memory", "ld.global.u32 %r5, [%rd5]; // BUG", "st.global.u32 [%rd5], 1; ld.global.u32 %r5, [%rd5];"),
        new("shared memory nobody wrote", CheckKinds.Initcheck, "shared memory", "ld.shared.u32 %r5, [%r4]; // BUG", "st.shared.u32 [%r4], 1; ld.shared.u32 %r5, [%r4];"),
        new("local memory nobody wrote", CheckKinds.Initcheck, "local memory", "ld.local.u32 %r5, [%rd6+8]; // BUG", "st.local.u32 [%rd6+8], 1; ld.local.u32 %r5, [%rd6+8];"),
        new("half of a word", CheckKinds.Initcheck, "shared memory", "st.shared.u16 [%r4], 1; ld.shared.u32 %r5, [%r4]; // BUG", "st.shared.u16 [%r4], 1; ld.shared.u16 %r5, [%r4];"),
        new("a register nobody wrote", CheckKinds.Initcheck, "register", "add.u32 %r5, %r9, 1; // BUG", "mov.u32 %r9, 3; add.u32 %r5, %r9, 1;"),
        new("a register written by half of the lanes, copied and used", CheckKinds.Initcheck, "register", """
            setp.lt.u32 %p1, %r1, 7;
            @%p1 mov.u32 %r9, 3;
            mov.u32 %r10, %r9;
            st.global.u32 [%rd4], %r10; // BUG
            """, """
            setp.lt.u32 %p1, %r1, 7;
            @%p1 mov.u32 %r9, 3;
            mov.u32 %r10, %r9;
            @%p1 st.global.u32 [%rd4], %r10;
            """),
        new("a guard nobody wrote", CheckKinds.Initcheck, "guard", "@%p5 st.global.u32 [%rd4], %r1; // BUG", "setp.eq.u32 %p5, %r1, 0; @%p5 st.global.u32 [%rd4], %r1;"),
        // synccheck
        new("a barrier in one half of a warp", CheckKinds.Synccheck, "barrier divergence", """
            setp.lt.u32 %p1, %r1, 16;
            @%p1 bra LOW;
            bar.sync 0;
            bra END;
            LOW:
            bar.sync 0; // BUG
            END:
            """, "bar.sync 0;", 32),
        new("threads that left before the barrier", CheckKinds.Synccheck, "exited", """
            setp.gt.u32 %p1, %r1, 40;
            @%p1 exit;
            bar.sync 0; // BUG
            """, """
            bar.sync 0;
            setp.gt.u32 %p1, %r1, 40;
            @%p1 exit;
            """),
        new("a barrier the other warp never reaches", CheckKinds.Synccheck, "wait at barrier", """
            setp.lt.u32 %p1, %r1, 32;
            @%p1 bra END;
            bar.sync 1, 96; // BUG
            END:
            """, """
            setp.lt.u32 %p1, %r1, 32;
            @%p1 bra END;
            bar.sync 1, 32;
            END:
            """),
        new("a lane that is not in its own mask", CheckKinds.Synccheck, "not in its own mask", "bar.warp.sync 0xffff; // BUG", "bar.warp.sync 0xffffffff;"),
        new("a mask that names lanes that left", CheckKinds.Synccheck, "have exited", """
            setp.gt.u32 %p1, %r1, 15;
            @%p1 exit;
            shfl.sync.idx.b32 %r5, %r1, 0, 31, 0xffffffff; // BUG
            """, """
            setp.gt.u32 %p1, %r1, 15;
            @%p1 exit;
            shfl.sync.idx.b32 %r5, %r1, 0, 31, 0xffff;
            """, 32),
        new("a shuffle from a lane that takes no part", CheckKinds.Synccheck, "undefined", """
            setp.gt.u32 %p1, %r1, 15;
            @%p1 bra END;
            shfl.sync.down.b32 %r5, %r1, 8, 31, 0xffff; // BUG
            END:
            """, """
            setp.gt.u32 %p1, %r1, 15;
            @%p1 bra END;
            shfl.sync.down.b32 %r5, %r1, 8, 0x100f, 0xffff;
            END:
            """, 32),
        new("asynchronous data read before its wait", CheckKinds.Synccheck, "asynchronous copy", """
            cp.async.ca.shared.global [%r4], [%rd4], 4;
            cp.async.commit_group;
            ld.shared.u32 %r5, [%r4]; // BUG
            cp.async.wait_group 0;
            """, """
            cp.async.ca.shared.global [%r4], [%rd4], 4;
            cp.async.commit_group;
            cp.async.wait_group 0;
            ld.shared.u32 %r5, [%r4];
            """),
        new("a wait for one group too few", CheckKinds.Synccheck, "asynchronous copy", """
            cp.async.ca.shared.global [%r4], [%rd4], 4;
            cp.async.commit_group;
            cp.async.ca.shared.global [%r4+256], [%rd4], 4;
            cp.async.commit_group;
            cp.async.wait_group 1;
            ld.shared.u32 %r5, [%r4+256]; // BUG
            """, """
            cp.async.ca.shared.global [%r4], [%rd4], 4;
            cp.async.commit_group;
            cp.async.ca.shared.global [%r4+256], [%rd4], 4;
            cp.async.commit_group;
            cp.async.wait_group 1;
            ld.shared.u32 %r5, [%r4];
            """),
    ];

    private static IEnumerable<string> Names() => All.Select(static planted => planted.Name);

    private static LaunchResult Run(Planted planted, string body, CheckKinds checks, out int bugLine)
    {
        string text = Simulation.Kernel(".param .u64 data, .param .u64 fresh", ".loc 1 77 0\n" + Prologue + body + "\nret;", ".file 1 \"kernel.cu\"");
        bugLine = text.Split('\n').TakeWhile(static line => !line.Contains("// BUG", StringComparison.Ordinal)).Count() + 1;
        using var simulation = new Simulation(text);
        simulation.Memory.TrackInitialization();
        ulong data = simulation.Upload(new int[64]);
        ulong fresh = simulation.Allocate(256);
        return simulation.Run(new Dim3(planted.Blocks), new Dim3(planted.Threads), new LaunchOptions { Checks = checks, StepLimit = 1_000_000 }, 0, data, fresh);
    }

    [TestCaseSource(nameof(Names))]
    public void TheBugIsFoundOnItsLine(string name)
    {
        Planted planted = All.Single(item => item.Name == name);
        LaunchResult result = Run(planted, planted.Bug, CheckKinds.All, out int line);
        Finding? found = result.Findings.FirstOrDefault(finding => finding.Check == planted.Check && finding.PtxLine == line && finding.Message.Contains(planted.Message, StringComparison.Ordinal));
        if (found is null)
        {
            Assert.Fail($"nothing fitting on line {line}; findings: {string.Join(" | ", result.Findings)}");
            return;
        }
        Assert.That(found.Kernel, Is.EqualTo("k"));
        Assert.That(found.SourceFile, Is.EqualTo("kernel.cu"));
        Assert.That(found.SourceLine, Is.EqualTo(77));
        Assert.That(result.Findings.Select(static finding => finding.Check).Distinct(), Is.EqualTo((CheckKinds[])[planted.Check]), string.Join(" | ", result.Findings));
        Assert.That(found.Other is not null, Is.EqualTo(planted.Check == CheckKinds.Racecheck));
    }

    [TestCaseSource(nameof(Names))]
    public void OnlyTheRightCheckSpeaks(string name)
    {
        Planted planted = All.Single(item => item.Name == name);
        Assert.That(Run(planted, planted.Bug, CheckKinds.All & ~planted.Check, out _).Findings, Is.Empty);
        Assert.That(Run(planted, planted.Bug, planted.Check, out _).Findings, Is.Not.Empty);
    }

    [TestCaseSource(nameof(Names))]
    public void TheCorrectedTwinIsClean(string name)
    {
        Planted planted = All.Single(item => item.Name == name);
        LaunchResult result = Run(planted, planted.Fix, CheckKinds.All, out _);
        Assert.That(result.Status, Is.EqualTo(LaunchStatus.Success), result.Message);
        Assert.That(result.Findings, Is.Empty);
    }

    [Test]
    public void UseAfterFreeDoubleFreeAndLeaks()
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 data", "ld.param.u64 %rd1, [data]; ld.global.u32 %r1, [%rd1];"));
        ulong data = simulation.Upload(new int[64]);
        Assert.That(simulation.Memory.Leaks(), Has.Count.EqualTo(1));
        Assert.That(simulation.Memory.Release(data), Is.EqualTo(FreeOutcome.Freed));
        Assert.That(simulation.Memory.Release(data), Is.EqualTo(FreeOutcome.AlreadyFreed));
        Assert.That(simulation.Memory.Release(data + 4), Is.EqualTo(FreeOutcome.NotAnAllocation));
        Assert.That(simulation.Memory.Leaks(), Is.Empty);
        LaunchResult result = simulation.Run(new Dim3(1), new Dim3(1), new LaunchOptions { Checks = CheckKinds.Memcheck }, 0, data);
        Assert.That(result.Findings.Single().Message, Does.Contain("use after free"));
    }

    [Test]
    public void RepetitionsAreCountedOnce()
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 data", "ld.param.u64 %rd1, [data]; st.global.u32 [%rd1+256], 1;"));
        ulong data = simulation.Upload(new int[64]);
        LaunchResult result = simulation.Run(new Dim3(3), new Dim3(32), new LaunchOptions { Checks = CheckKinds.Memcheck }, 0, data);
        Assert.That(result.Findings.Single().Count, Is.EqualTo(96));
        Assert.That(result.Findings.Single().ToString(), Does.StartWith("memcheck: ").And.Contain("0 bytes behind the end of the allocation of 256 bytes"));
    }
}
