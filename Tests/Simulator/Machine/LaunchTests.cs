using System.Text;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;
using WrnEngine.Tests.Simulator.Support;

namespace WrnEngine.Tests.Simulator.Machine;

[Category("Simulator")]
public class LaunchTests
{
    private static LaunchResult Launch(string body, string parameters = "", int threads = 1, params object[] arguments)
    {
        using var simulation = new Simulation(Simulation.Kernel(parameters, body));
        return simulation.Run(new Dim3(1), new Dim3(threads), null, 0, arguments);
    }

    [TestCase("mov.u64 %rd1, 0; ld.global.u32 %r1, [%rd1];", LaunchStatus.IllegalAddress)]
    [TestCase("mov.u64 %rd1, 0x123456789abc; st.global.u32 [%rd1], 1;", LaunchStatus.IllegalAddress)]
    [TestCase("mov.u32 %r1, 0x100000; ld.shared.u32 %r2, [%r1];", LaunchStatus.IllegalAddress)]
    [TestCase("mov.u64 %rd1, -8; ld.u32 %r1, [%rd1];", LaunchStatus.IllegalAddress)]
    [TestCase(".shared .b32 s[4]; ld.shared.u32 %r1, [s+2];", LaunchStatus.MisalignedAddress)]
    [TestCase("trap;", LaunchStatus.LaunchFailed)]
    [TestCase("mov.u32 %r1, 99; bar.sync %r1;", LaunchStatus.IllegalInstruction)]
    public void FaultsEndTheLaunchAndNotTheProcess(string body, LaunchStatus expected)
    {
        LaunchResult result = Launch(body);
        Assert.That(result.Status, Is.EqualTo(expected), result.Message);
        Assert.That(result.Message, Does.Contain("test.ptx:").And.Contain("block (0,0,0) thread (0,0,0)"));
        Assert.That(result.Fault, Is.Not.Null);
    }

    [Test]
    public void TheFaultNamesTheThread()
    {
        LaunchResult result = Launch("""
            mov.u32 %r1, %tid.x;
            setp.eq.u32 %p1, %r1, 37;
            mov.u64 %rd1, 64;
            @%p1 st.global.u32 [%rd1], %r1;
            """, threads: 64);
        Assert.That(result.Fault!.Thread, Is.EqualTo(new Dim3(37, 0, 0)));
        Assert.That(result.Fault.Address, Is.EqualTo(64));
    }

    [Test]
    public void WrongParameterSizeIs701()
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .align 8 .b8 a[24]", "ret;"));
        using var device = new SimulatedDevice(SimulatedDeviceProperties.Sm90, 16 << 20);
        using LoadedModule module = device.Load(simulation.Module);
        LaunchResult result = device.Launch(module, simulation.Module.Entries[0], new Dim3(1), new Dim3(1), 0, new byte[16]);
        Assert.That(result.Status, Is.EqualTo(LaunchStatus.LaunchOutOfResources));
        Assert.That(result.Message, Does.Contain("24").And.Contain("16"));
    }

    [Test]
    public void LimitsAreRefusedInOneSentence()
    {
        using var simulation = new Simulation(Simulation.Kernel("", "ret;"));
        Assert.That(simulation.Run(new Dim3(1), new Dim3(2000), null, 0).Message, Does.Contain("1024 threads"));
        Assert.That(simulation.Run(new Dim3(0), new Dim3(1), null, 0).Status, Is.EqualTo(LaunchStatus.InvalidValue));
        Assert.That(simulation.Run(new Dim3(1), new Dim3(1), null, 300_000).Message, Does.Contain("shared memory"));
    }

    [Test]
    public void RequiredBlockIsRequired()
    {
        string text = Simulation.Kernel("", "ret;").Replace("k()", "k() .reqntid 64", StringComparison.Ordinal);
        using var simulation = new Simulation(text);
        Assert.That(simulation.Run(new Dim3(1), new Dim3(32), null, 0).Message, Does.Contain("requires"));
        Assert.That(simulation.Run(new Dim3(1), new Dim3(64), null, 0).Status, Is.EqualTo(LaunchStatus.Success));
    }

    [Test]
    public void StructParametersAndDynamicAddressesOfThem()
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .align 8 .b8 a[16]", """
            mov.b64 %rd1, a;
            ld.param.u64 %rd2, [%rd1];
            ld.param.u32 %r1, [a+8];
            add.s64 %rd3, %rd1, 12;
            ld.param.s8 %r2, [%rd3];
            add.u32 %r1, %r1, %r2;
            st.global.u32 [%rd2], %r1;
            ret;
            """));
        ulong output = simulation.Zeros(4);
        using var stream = new MemoryStream();
        stream.Write(BitConverter.GetBytes(output));
        stream.Write(BitConverter.GetBytes(50));
        stream.Write([0xFE, 0, 0, 0]);
        PtxEntry entry = simulation.Module.Entries[0];
        Assert.That(entry.ParameterBytes, Is.EqualTo(16));
        LaunchResult result = simulation.RunBytes(stream.ToArray());
        Assert.That(result.Status, Is.EqualTo(LaunchStatus.Success), result.Message);
        Assert.That(simulation.Download<int>(output, 1)[0], Is.EqualTo(48));
    }

    [Test]
    public void GlobalsConstantsAndTheirAddresses()
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 out", """
            ld.param.u64 %rd1, [out];
            ld.const.u32 %r1, [table+8];
            ld.global.u64 %rd2, [pointer];
            ld.global.u32 %r2, [%rd2];
            ld.u32 %r3, [numbers];
            add.u32 %r1, %r1, %r2;
            add.u32 %r1, %r1, %r3;
            st.global.u32 [%rd1], %r1;
            ret;
            """, """
            .const .align 4 .u32 table[4] = {1, 2, 300, 4};
            .visible .global .align 4 .b32 numbers[3] = {1000, 2000, 30000};
            .global .u64 pointer = generic(numbers)+8;
            .global .align 4 .b8 zeros[64];
            """));
        ulong output = simulation.Zeros(4);
        simulation.RunCleanly(1, output);
        Assert.That(simulation.Download<int>(output, 1)[0], Is.EqualTo(31300));
        Assert.That(simulation.Loaded.TryGetGlobal("numbers", out ulong address, out long size), Is.True);
        Assert.That(size, Is.EqualTo(12));
        Assert.That(simulation.Download<int>(address, 3), Is.EqualTo((int[])[1000, 2000, 30000]));
        Assert.That(simulation.Memory.Leaks(), Has.Count.EqualTo(1), "the output buffer only");
    }

    [Test]
    public void DynamicSharedMemoryLiesBehindTheStatic()
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 out", """
            .shared .align 4 .b8 fixed[20];
            ld.param.u64 %rd1, [out];
            mov.u32 %r1, dyn;
            mov.u32 %r2, %dynamic_smem_size;
            st.shared.u32 [%r1+60], 7;
            ld.shared.u32 %r3, [dyn+60];
            shl.b32 %r1, %r1, 16;
            add.u32 %r1, %r1, %r2;
            mad.lo.u32 %r1, %r3, 1000, %r1;
            st.global.u32 [%rd1], %r1;
            ret;
            """, ".extern .shared .align 16 .b8 dyn[];"));
        ulong output = simulation.Zeros(4);
        LaunchResult result = simulation.Run(new Dim3(1), new Dim3(1), null, 64, output);
        Assert.That(result.Status, Is.EqualTo(LaunchStatus.Success), result.Message);
        Assert.That(simulation.Module.Entries[0].UsesDynamicShared, Is.True);
        Assert.That(simulation.Download<int>(output, 1)[0], Is.EqualTo((32 << 16) + 64 + 7000));
    }

    [Test]
    public void PrintfFormatsLikeC()
    {
        const string Text = "%d|%5u|%-4x|%08.3f|%s|%c|%lld|%g|%%\\n";
        string bytes = string.Join(", ", Encoding.ASCII.GetBytes(Text.Replace("\\n", "\n", StringComparison.Ordinal)).Append((byte)0));
        using var simulation = new Simulation(Simulation.Kernel("", """
            .local .align 8 .b8 depot[64];
            mov.u64 %rd1, depot;
            cvta.local.u64 %rd2, %rd1;
            st.local.u32 [%rd1], -7;
            st.local.u32 [%rd1+4], 42;
            st.local.u32 [%rd1+8], 255;
            st.local.f64 [%rd1+16], 0d400921FB54442D18;
            mov.u64 %rd3, word;
            cvta.global.u64 %rd4, %rd3;
            st.local.u64 [%rd1+24], %rd4;
            st.local.u32 [%rd1+32], 65;
            st.local.u64 [%rd1+40], -5000000000;
            st.local.f64 [%rd1+48], 0d3F1A36E2EB1C432D;
            mov.u64 %rd5, fmt;
            cvta.global.u64 %rd6, %rd5;
            {
                .param .b64 p0; .param .b64 p1; .param .b32 r0;
                st.param.b64 [p0], %rd6;
                st.param.b64 [p1], %rd2;
                call.uni (r0), vprintf, (p0, p1);
                ld.param.b32 %r1, [r0];
            }
            ret;
            """, $$"""
            .extern .func (.param .b32 r) vprintf(.param .b64 a, .param .b64 b);
            .global .align 1 .b8 fmt[{{Text.Length}}] = {{{bytes}}};
            .global .align 1 .b8 word[3] = {104, 105, 0};
            """));
        var printed = new StringBuilder();
        LaunchResult result = simulation.Run(new Dim3(1), new Dim3(1), new LaunchOptions { Print = text => printed.Append(text) }, 0);
        Assert.That(result.Status, Is.EqualTo(LaunchStatus.Success), result.Message);
        Assert.That(printed.ToString(), Is.EqualTo("-7|   42|ff  |0003.142|hi|A|-5000000000|0.0001|%\n"));
    }

    [Test]
    public void AsyncCopiesTakeEffectAtTheirWait()
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 in, .param .u64 out", """
            .shared .align 16 .b8 s[1024];
            ld.param.u64 %rd1, [in];
            ld.param.u64 %rd2, [out];
            mov.u32 %r1, %tid.x;
            mul.wide.u32 %rd3, %r1, 16;
            add.s64 %rd4, %rd1, %rd3;
            mov.u32 %r2, s;
            shl.b32 %r3, %r1, 4;
            add.u32 %r4, %r2, %r3;
            cp.async.cg.shared.global [%r4], [%rd4], 16;
            cp.async.commit_group;
            cp.async.ca.shared.global [%r4+512], [%rd4], 4, 0;
            cp.async.commit_group;
            cp.async.wait_group 1;
            bar.warp.sync -1;
            ld.shared.u32 %r5, [%r4+12];
            cp.async.wait_all;
            ld.shared.u32 %r6, [%r4+512];
            add.u32 %r5, %r5, %r6;
            mul.wide.u32 %rd5, %r1, 4;
            add.s64 %rd6, %rd2, %rd5;
            st.global.u32 [%rd6], %r5;
            ret;
            """));
        ulong input = simulation.Upload(Enumerable.Range(0, 128).ToArray());
        ulong output = simulation.Zeros(128);
        simulation.RunCleanly(32, input, output);
        Assert.That(simulation.Download<int>(output, 32), Is.EqualTo(Enumerable.Range(0, 32).Select(static i => (4 * i) + 3)));
    }

    [Test]
    public void ManyWorkersGiveTheSameResult()
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 sum, .param .u64 count", """
            ld.param.u64 %rd1, [sum];
            ld.param.u64 %rd2, [count];
            mov.u32 %r1, %ctaid.x;
            mov.u32 %r2, %tid.x;
            mad.lo.u32 %r1, %r1, 64, %r2;
            cvt.rn.f32.u32 %f1, %r1;
            rcp.rn.f32 %f2, %f1;
            setp.eq.u32 %p1, %r1, 0;
            @%p1 mov.f32 %f2, 0f00000000;
            atom.global.add.f32 %f3, [%rd1], %f2;
            red.global.add.u32 [%rd2], 1;
            ret;
            """));
        var sums = new HashSet<int>();
        for (int workers = 1; workers <= 4; workers++)
        {
            ulong sum = simulation.Zeros(4);
            ulong count = simulation.Zeros(4);
            simulation.Run(new Dim3(40), new Dim3(64), new LaunchOptions { Workers = workers }, 0, sum, count);
            sums.Add(simulation.Download<int>(sum, 1)[0]);
            Assert.That(simulation.Download<int>(count, 1)[0], Is.EqualTo(2560));
        }
        Assert.That(sums, Has.Count.EqualTo(1));
    }

    [Test]
    public void MetricsOfACoalescedAndAStridedCopy()
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 in, .param .u64 out", """
            .shared .align 4 .b8 s[4096];
            ld.param.u64 %rd1, [in];
            ld.param.u64 %rd2, [out];
            mov.u32 %r1, %tid.x;
            mul.wide.u32 %rd3, %r1, 4;
            mul.wide.u32 %rd4, %r1, 128;
            add.s64 %rd5, %rd1, %rd3;
            add.s64 %rd6, %rd2, %rd4;
            ld.global.f32 %f1, [%rd5];
            fma.rn.f32 %f2, %f1, %f1, %f1;
            st.global.f32 [%rd6], %f2;
            mov.u32 %r2, s;
            shl.b32 %r3, %r1, 3;
            add.u32 %r3, %r3, %r2;
            st.shared.f32 [%r3], %f2;
            ret;
            """));
        ulong input = simulation.Upload(new float[32]);
        ulong output = simulation.Zeros(4096);
        LaunchResult result = simulation.Run(new Dim3(1), new Dim3(32), new LaunchOptions { CollectMetrics = true }, 0, input, output);
        Assert.Multiple(() =>
        {
            Assert.That(result.Metrics!.GlobalRequests, Is.EqualTo(2));
            Assert.That(result.Metrics.GlobalSectors, Is.EqualTo(4 + 32));
            Assert.That(result.Metrics.GlobalBytesLoaded, Is.EqualTo(128));
            Assert.That(result.Metrics.SharedBankConflicts, Is.EqualTo(1), "a stride of two words meets each bank twice");
            Assert.That(result.Metrics.Flops, Is.EqualTo(64));
            Assert.That(result.Metrics.InstructionsByClass["float"], Is.EqualTo(1));
        });
    }
}
