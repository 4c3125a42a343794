using WrnEngine.Kernels.Simulator.Ptx;
using WrnEngine.Tests.Simulator.Support;

namespace WrnEngine.Tests.Simulator.Ptx;

[Category("Simulator")]
public class ParserTests
{
    private static PtxException Refused(string text) =>
        Assert.Throws<PtxException>(() => PtxModule.Parse(text, "bad.ptx"))!;

    [TestCase("frobnicate.u32 %r1, %r2;", "not supported", "frobnicate.u32")]
    [TestCase("add.u32 %r1, %r2;", "takes 3 operands", "add.u32")]
    [TestCase("add.u32 %r1, %r2, %q9;", "not declared", "%q9")]
    [TestCase("add.u32 %rd1, %rd2, %rd3;", "the instruction", "%rd2")]
    [TestCase("bra NOWHERE;", "no such label", "NOWHERE")]
    [TestCase("add.u32 %r1, %r2, 1", "';' is missing", "}")]
    [TestCase("add.wrong.u32 %r1, %r2, 1;", ".wrong", "add.wrong.u32")]
    [TestCase("mov.u32 %r1, %tid.q;", "", "")]
    [TestCase("ld.global.u32 %r1, %rd1;", "brackets", "%rd1")]
    [TestCase("st.const.u32 [%rd1], %r1;", "constant", "st.const.u32")]
    [TestCase("call nothing;", "not defined", "nothing")]
    [TestCase("@%r1 ret;", "predicate", "%r1")]
    [TestCase("mov.u32 %r1, 99999999999999999999;", "number", "99999999999999999999")]
    [TestCase("mov.u32 %r1, 1/0;", "divided by zero", "")]
    [TestCase("tex.2d.v4.f32.f32 {%f1,%f2,%f3,%f4}, [%rd1, {%f1,%f2}];", "", "")]
    [TestCase(".shared .b32 x; .shared .b32 x;", "twice", "x")]
    public void WrongTextIsRefusedByLineAndToken(string body, string message, string token)
    {
        PtxException error = Refused(Simulation.Kernel("", "\n\n" + body));
        Assert.That(error.Message, Does.Contain(message).And.StartWith("bad.ptx:"));
        Assert.That(error.FileName, Is.EqualTo("bad.ptx"));
        Assert.That(error.Line, Is.InRange(13, 16));
        if (token.Length > 0)
        {
            Assert.That(error.Token, Is.EqualTo(token));
        }
    }

    [TestCase("")]
    [TestCase("hello world")]
    [TestCase(".version 7.0\n.target sm_80\n.address_size 32")]
    [TestCase(".version 7.0\n.target sm_80\n.entry k( {")]
    [TestCase(".version 7.0\n.target sm_80\n.entry k() { /* never closed")]
    [TestCase(".version 7.0\n.target sm_80\n.global .b32 x[99999999999];")]
    [TestCase(".version 7.0\n.target sm_80\n.global .b8 x[2] = {1, 2, 3};")]
    public void WhatIsNoModuleIsRefused(string text) => Assert.That(Refused(text).Message, Is.Not.Empty);

    [Test]
    public void DebugSectionsPragmasAndScopesAreUnderstood()
    {
        PtxModule module = PtxModule.Parse("""
            //
            .version 7.5
            .target sm_80, debug
            .address_size 64
            .file 1 "a.cu", 123, 456
            .weak .func helper() { ret; }
            .visible .entry k(.param .u64 .ptr .global .align 16 p)
            .maxntid 128, 2, 1
            .minnctapersm 3
            {
                .reg .pred %p<2>;
                .reg .v2 .f32 pair;
                .loc 1 3 5, function_name $L__info_string0, inlined_at 1 9 1
                .pragma "nounroll";
                mov.f32 pair.x, 0f3F800000;
                { .reg .u32 %x; mov.u32 %x, 1; L: setp.eq.u32 %p1, %x, 1; @!%p1 bra L; }
                { .reg .u32 %x; mov.u32 %x, 2; L: setp.eq.u32 %p1, %x, 2; @!%p1 bra L; bra.uni DONE; }
                DONE:
                ret;
            }
            .section .debug_str { .b8 1, 2 $L__info_string0: .b8 0x41 }
            """, "ok.ptx");
        PtxEntry entry = module.Entries.Single();
        Assert.That(entry.MaxBlock!.Value.Count, Is.EqualTo(256));
        Assert.That(entry.MinBlocksPerSm, Is.EqualTo(3));
        Assert.That(entry.Parameters.Single().Size, Is.EqualTo(8));
        Assert.That(module.Target, Is.EqualTo("sm_80"));
        Assert.That(module.Version, Is.EqualTo("7.5"));
    }

    [Test]
    public void ParametersAreLaidOutByAlignment()
    {
        PtxModule module = PtxModule.Parse(Simulation.Kernel(".param .u8 a, .param .u64 b, .param .align 4 .b8 c[6], .param .f64 d", "ret;"), "p.ptx");
        Assert.That(module.Entries[0].Parameters.Select(static p => p.Offset), Is.EqualTo((int[])[0, 8, 16, 24]));
        Assert.That(module.Entries[0].ParameterBytes, Is.EqualTo(32));
    }

    [Test]
    public void MutatedTextNeverEscapesTheParser()
    {
        // Every file of one instruction, with characters and lines changed: parsed or refused, nothing else.
        string text = Simulation.Kernel(".param .u64 a, .param .align 8 .b8 b[24]", """
            .shared .align 4 .b8 s[128];
            ld.param.u64 %rd1, [a];
            mov.u32 %r1, %tid.x;
            setp.lt.s32 %p1, %r1, 5;
            @%p1 bra L1;
            mad.lo.s32 %r2, %r1, 4, (1+2)*3;
            st.shared.v2.b32 [s+8], {%r1, %r2};
            bar.sync 0;
            atom.global.add.f32 %f1, [%rd1], 0f3F800000;
            L1: ret;
            """, ".const .u32 t[2] = {1, 2}; .global .u64 q = t+4; .func (.param .b32 r) f(.param .b32 x) { ret; }");
        var random = new Random(5);
        for (int n = 0; n < 1500; n++)
        {
            char[] changed = text.ToCharArray();
            for (int k = random.Next(1, 4); k > 0; k--)
            {
                int at = random.Next(changed.Length);
                changed[at] = random.Next(3) == 0 ? (char)random.Next(32, 127) : text[random.Next(text.Length)];
            }
            string mutant = new(changed);
            if (random.Next(4) == 0)
            {
                int from = random.Next(mutant.Length);
                mutant = mutant.Remove(from, Math.Min(random.Next(40), mutant.Length - from));
            }
            try
            {
                PtxModule.Parse(mutant, "mutant.ptx");
            }
            catch (PtxException error)
            {
                Assert.That(error.Message, Does.StartWith("mutant.ptx:"));
            }
        }
    }
}
