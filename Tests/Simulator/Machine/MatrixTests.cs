using WrnEngine.Tests.Simulator.Support;

namespace WrnEngine.Tests.Simulator.Machine;

/// <summary>Matrix instructions against products written from the definition. Fragments are filled by the layouts of the PTX manual.</summary>
[Category("Simulator")]
public class MatrixTests
{
    /// <summary>Runs one mma; a, b and c are given as functions of (row, column), bits of an element.</summary>
    private static ulong[,] Multiply(
        string instruction, int m, int k, int bits, int accumulatorBits, Func<int, int, ulong> a, Func<int, int, ulong> b, Func<int, int, ulong> c)
    {
        int word = bits == 64 ? 64 : 32;
        int per = word / bits;
        int aRegisters = m * k / 32 / per;
        int bRegisters = k * 8 / 32 / per;
        int cPer = bits == 64 ? 1 : 32 / accumulatorBits;
        int cRegisters = m * 8 / 32 / cPer;
        string type = word == 64 ? "b64" : "b32";
        string accumulator = accumulatorBits == 64 ? "f64" : accumulatorBits == 16 ? "b32" : instruction.Contains(".s32", StringComparison.Ordinal) ? "s32" : "f32";
        string List(string name, int count) => "{" + string.Join(",", Enumerable.Range(0, count).Select(i => $"%{name}{i}")) + "}";
        string Loads(string name, int count, string t, int at) => string.Join("\n", Enumerable.Range(0, count).Select(i => $"ld.global.{t} %{name}{i}, [%rd5+{8 * (at + i)}];"));
        string body = $"""
            .reg .{type} %a<{aRegisters}>; .reg .{type} %b<{bRegisters}>; .reg .{accumulator} %c<{cRegisters}>; .reg .{accumulator} %d<{cRegisters}>;
            ld.param.u64 %rd1, [in]; ld.param.u64 %rd2, [out];
            mov.u32 %r1, %tid.x;
            mul.wide.u32 %rd3, %r1, 256;
            add.s64 %rd5, %rd1, %rd3;
            {Loads("a", aRegisters, type, 0)}
            {Loads("b", bRegisters, type, 8)}
            {Loads("c", cRegisters, accumulator, 16)}
            {instruction} {List("d", cRegisters)}, {List("a", aRegisters)}, {List("b", bRegisters)}, {List("c", cRegisters)};
            mul.wide.u32 %rd4, %r1, 64;
            add.s64 %rd6, %rd2, %rd4;
            {string.Join("\n", Enumerable.Range(0, cRegisters).Select(i => $"st.global.{accumulator} [%rd6+{8 * i}], %d{i};"))}
            ret;
            """;
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 in, .param .u64 out", body));
        var fragments = new ulong[32 * 32];
        for (int lane = 0; lane < 32; lane++)
        {
            (int group, int inGroup) = (lane / 4, lane % 4);
            for (int r = 0; r < aRegisters; r++)
            {
                for (int e = 0; e < per; e++)
                {
                    int row = group + (m == 16 ? 8 * (r % 2) : 0);
                    int column = (inGroup * per) + e + (4 * per * (m == 16 ? r / 2 : r));
                    fragments[(32 * lane) + r] |= a(row, column) << (e * bits);
                }
            }
            for (int r = 0; r < bRegisters; r++)
            {
                for (int e = 0; e < per; e++)
                {
                    fragments[(32 * lane) + 8 + r] |= b((inGroup * per) + e + (4 * per * r), group) << (e * bits);
                }
            }
            for (int i = 0; i < cRegisters * cPer; i++)
            {
                fragments[(32 * lane) + 16 + (i / cPer)] |= c(group + (8 * (i / 2)), (2 * inGroup) + (i % 2)) << (i % cPer * accumulatorBits);
            }
        }
        ulong input = simulation.Upload(fragments);
        ulong output = simulation.Zeros(32 * 64);
        simulation.RunCleanly(32, input, output);
        ulong[] result = simulation.Download<ulong>(output, 32 * 8);
        var d = new ulong[m, 8];
        for (int lane = 0; lane < 32; lane++)
        {
            for (int i = 0; i < cRegisters * cPer; i++)
            {
                ulong value = result[(8 * lane) + (i / cPer)] >> (i % cPer * accumulatorBits);
                d[(lane / 4) + (8 * (i / 2)), (2 * (lane % 4)) + (i % 2)] = accumulatorBits == 64 ? value : value & ((1UL << accumulatorBits) - 1);
            }
        }
        return d;
    }

    private static int Small(int row, int column, int salt) => (((row * 7) + (column * 5) + salt) % 9) - 4;

    private static double Expected(int row, int column, int k)
    {
        double sum = Small(row, column, 3);
        for (int i = 0; i < k; i++)
        {
            sum += Small(row, i, 1) * Small(i, column, 2);
        }
        return sum;
    }

    private static ulong Bits(string type, double value) => type switch
    {
        "f16" => BitConverter.HalfToUInt16Bits((Half)value),
        "bf16" => BitConverter.SingleToUInt32Bits((float)value) >> 16,
        "f64" => BitConverter.DoubleToUInt64Bits(value),
        "s8" => (byte)(sbyte)value,
        "s4" => (ulong)(long)value & 15,
        "s32" => (uint)(int)value,
        _ => BitConverter.SingleToUInt32Bits((float)value),
    };

    [TestCase("m16n8k16", "f16", "f32", 16, 16)]
    [TestCase("m16n8k8", "f16", "f32", 16, 8)]
    [TestCase("m16n8k16", "f16", "f16", 16, 16)]
    [TestCase("m16n8k16", "bf16", "f32", 16, 16)]
    [TestCase("m16n8k8", "bf16", "f32", 16, 8)]
    [TestCase("m16n8k8", "tf32", "f32", 16, 8)]
    [TestCase("m16n8k4", "tf32", "f32", 16, 4)]
    [TestCase("m16n8k32", "s8", "s32", 16, 32)]
    [TestCase("m16n8k16", "s8", "s32", 16, 16)]
    [TestCase("m8n8k16", "s8", "s32", 8, 16)]
    [TestCase("m16n8k64", "s4", "s32", 16, 64)]
    [TestCase("m8n8k4", "f64", "f64", 8, 4)]
    [TestCase("m16n8k8", "f64", "f64", 16, 8)]
    public void Mma(string shape, string element, string accumulator, int m, int k)
    {
        int bits = element switch { "f64" => 64, "tf32" => 32, "s8" => 8, "s4" => 4, _ => 16 };
        int accumulatorBits = accumulator switch { "f64" => 64, "f16" => 16, _ => 32 };
        ulong[,] d = Multiply(
            $"mma.sync.aligned.{shape}.row.col.{accumulator}.{element}.{element}.{accumulator}", m, k, bits, accumulatorBits,
            (row, column) => Bits(element, Small(row, column, 1)),
            (row, column) => Bits(element, Small(row, column, 2)),
            (row, column) => Bits(accumulator, Small(row, column, 3)));
        for (int row = 0; row < m; row++)
        {
            for (int column = 0; column < 8; column++)
            {
                Assert.That(d[row, column], Is.EqualTo(Bits(accumulator, Expected(row, column, k))), $"({row}, {column})");
            }
        }
    }

    [Test]
    public void IntegerMmaSaturates()
    {
        ulong[,] d = Multiply("mma.sync.aligned.m16n8k32.row.col.satfinite.s32.u8.u8.s32", 16, 32, 8, 32, static (_, _) => 255, static (_, _) => 255, static (_, _) => int.MaxValue);
        Assert.That(d[3, 3], Is.EqualTo(int.MaxValue));
    }

    [TestCase("", false)]
    [TestCase(".trans", true)]
    public void LoadMatrixX4(string suffix, bool transposed)
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 out", $$"""
            .shared .align 16 .b8 s[512];
            ld.param.u64 %rd1, [out];
            mov.u32 %r1, %tid.x;
            mov.u32 %r2, s;
            shl.b32 %r3, %r1, 4;
            add.u32 %r4, %r2, %r3;
            mov.u32 %r5, 0;
            mul.lo.u32 %r6, %r1, 8;
            FILL:
            add.u32 %r7, %r6, %r5;
            cvt.u16.u32 %h1, %r7;
            shl.b32 %r8, %r5, 1;
            add.u32 %r8, %r8, %r4;
            st.shared.u16 [%r8], %h1;
            add.u32 %r5, %r5, 1;
            setp.lt.u32 %p1, %r5, 8;
            @%p1 bra FILL;
            bar.warp.sync -1;
            ldmatrix.sync.aligned.m8n8.x4{{suffix}}.shared.b16 {%r10, %r11, %r12, %r13}, [%r4];
            mul.wide.u32 %rd2, %r1, 16;
            add.s64 %rd3, %rd1, %rd2;
            st.global.v4.b32 [%rd3], {%r10, %r11, %r12, %r13};
            ret;
            """));
        ulong output = simulation.Zeros(512);
        simulation.RunCleanly(32, output);
        ushort[] result = simulation.Download<ushort>(output, 256);
        for (int lane = 0; lane < 32; lane++)
        {
            for (int i = 0; i < 8; i++)
            {
                (int row, int column) = (lane / 4, (2 * (lane % 4)) + (i % 2));
                int expected = (64 * (i / 2)) + (transposed ? (8 * column) + row : (8 * row) + column);
                Assert.That(result[(8 * lane) + i], Is.EqualTo(expected), $"lane {lane}, half {i}");
            }
        }
    }

    [Test]
    public void StoreMatrixIsTheInverseOfLoadMatrix()
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 out", """
            .shared .align 16 .b8 s[256];
            ld.param.u64 %rd1, [out];
            mov.u32 %r1, %tid.x;
            mov.u32 %r2, s;
            and.b32 %r3, %r1, 15;
            shl.b32 %r3, %r3, 4;
            add.u32 %r4, %r2, %r3;
            mad.lo.u32 %r5, %r1, 0x20002, 0x10000;
            add.u32 %r6, %r5, 0x400040;
            stmatrix.sync.aligned.m8n8.x2.shared.b16 [%r4], {%r5, %r6};
            bar.warp.sync -1;
            ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%r7, %r8}, [%r4];
            sub.u32 %r7, %r7, %r5;
            sub.u32 %r8, %r8, %r6;
            or.b32 %r7, %r7, %r8;
            shl.b32 %r9, %r1, 2;
            add.u32 %r9, %r9, %r2;
            ld.shared.u32 %r10, [%r9];
            sub.u32 %r10, %r10, %r5;
            or.b32 %r7, %r7, %r10;
            mul.wide.u32 %rd2, %r1, 4;
            add.s64 %rd3, %rd1, %rd2;
            st.global.u32 [%rd3], %r7;
            ret;
            """));
        ulong output = simulation.Upload(Enumerable.Repeat(99, 32).ToArray());
        simulation.RunCleanly(32, output);
        Assert.That(simulation.Download<int>(output, 32), Is.All.EqualTo(0));
    }

    [TestCase("row", "row")]
    [TestCase("row", "col")]
    [TestCase("col", "row")]
    public void WmmaF16(string aLayout, string bLayout)
    {
        using var simulation = new Simulation(Simulation.Kernel(".param .u64 a, .param .u64 b, .param .u64 c", $$"""
            ld.param.u64 %rd1, [a]; ld.param.u64 %rd2, [b]; ld.param.u64 %rd3, [c];
            mov.u32 %r50, 16;
            wmma.load.a.sync.aligned.{{aLayout}}.m16n16k16.global.f16 {%r0,%r1,%r2,%r3,%r4,%r5,%r6,%r7}, [%rd1], %r50;
            wmma.load.b.sync.aligned.{{bLayout}}.m16n16k16.global.f16 {%r8,%r9,%r10,%r11,%r12,%r13,%r14,%r15}, [%rd2], %r50;
            wmma.load.c.sync.aligned.row.m16n16k16.global.f32 {%f0,%f1,%f2,%f3,%f4,%f5,%f6,%f7}, [%rd3], %r50;
            wmma.mma.sync.aligned.{{aLayout}}.{{bLayout}}.m16n16k16.f32.f32 {%f0,%f1,%f2,%f3,%f4,%f5,%f6,%f7}, {%r0,%r1,%r2,%r3,%r4,%r5,%r6,%r7}, {%r8,%r9,%r10,%r11,%r12,%r13,%r14,%r15}, {%f0,%f1,%f2,%f3,%f4,%f5,%f6,%f7};
            wmma.store.d.sync.aligned.row.m16n16k16.global.f32 [%rd3], {%f0,%f1,%f2,%f3,%f4,%f5,%f6,%f7}, %r50;
            ret;
            """));
        Half[] Matrix(string layout, int salt) =>
            [.. Enumerable.Range(0, 256).Select(i => (Half)(layout == "row" ? Small(i / 16, i % 16, salt) : Small(i % 16, i / 16, salt)))];
        ulong a = simulation.Upload(Matrix(aLayout, 1));
        ulong b = simulation.Upload(Matrix(bLayout, 2));
        ulong c = simulation.Upload(Enumerable.Range(0, 256).Select(static i => (float)Small(i / 16, i % 16, 3)).ToArray());
        simulation.RunCleanly(32, a, b, c);
        Assert.That(simulation.Download<float>(c, 256), Is.EqualTo(Enumerable.Range(0, 256).Select(static i => (float)Expected(i / 16, i % 16, 16))));
    }
}
