using System.Globalization;
using System.Text;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Tests.Simulator.Support;

namespace WrnEngine.Tests.Simulator.Checks;

/// <summary>
/// racecheck against the definition: random kernels of loads, stores, barriers (of the block, of its first two warps, of a warp), whose
/// accesses are compared pair by pair.
/// A kernel with a race must get a finding, one without none, and the two parties that a finding names must really race.
/// </summary>
[Category("Simulator")]
public class RaceOracleTests
{
    private const int Blocks = 2;
    private const int Threads = 96;
    private const int BufferBytes = 4096;

    /// <summary>One instruction, carried out by the threads from <c>First</c> to <c>Last</c>.</summary>
    private sealed record Step(int Line, bool Shared, bool Write, int Size, int Base, int Stride, int Wrap, int First, int Last, int Place, int WarpInterval)
    {
        public bool Runs(int thread) => thread >= First && thread <= Last;

        public int AddressOf(int thread) => Base + (thread * Stride % Wrap);
    }

    private static readonly string[] Types = ["u8", "u16", "u32", "u64"];

    /// <summary>A barrier between the accesses before and from <c>Place</c> on, for the first warps of the block.</summary>
    private sealed record Meeting(int Place, int Warps);

    private static (string Ptx, List<Step> Steps, List<Meeting> Meetings) Generate(Random random)
    {
        var body = new StringBuilder(".shared .align 16 .b8 s[4096];\nld.param.u64 %rd1, [data];\nmov.u32 %r1, %tid.x;\nmov.u32 %r9, s;\nsetp.lt.u32 %p3, %r1, 64;\n");
        var steps = new List<Step>();
        var meetings = new List<Meeting>();
        int firstLine = Simulation.Kernel(".param .u64 data", "@@").Split('\n').TakeWhile(static line => !line.Contains("@@", StringComparison.Ordinal)).Count() + 1;
        int warpInterval = 0;
        int count = random.Next(2, 9);
        // In some kernels one warp does everything, so that other warps do not hide what happens inside of it.
        int users = random.Next(3) == 0 ? 32 : Threads;
        for (int i = 0; i < count; i++)
        {
            int kind = random.Next(7);
            if (kind is 0 or 6)
            {
                body.Append(kind == 0 ? "bar.sync 0;\n" : "@%p3 bar.sync 1, 64;\n");
                meetings.Add(new Meeting(steps.Count, kind == 0 ? Threads / 32 : 2));
                continue;
            }
            if (kind == 1)
            {
                body.Append("bar.warp.sync -1;\n");
                warpInterval++;
                continue;
            }
            bool shared = random.Next(2) == 0;
            bool write = random.Next(2) == 0;
            int words = random.Next(3) == 0 ? random.Next(1, 3) * 2 : 1;
            int element = random.Next(Types.Length);
            int size = (1 << element) * (words > 1 && element == 3 ? words = 2 : words);
            int stride = size * random.Next(0, 3);
            int wrap = random.Next(3) == 0 ? size * 16 : BufferBytes;
            // Any threads, some half warps, or all.
            int half = random.Next(users / 16);
            (int first, int last) = random.Next(4) switch
            {
                0 => (random.Next(users), random.Next(users)),
                1 => (16 * half, (16 * random.Next(half + 1, (users / 16) + 1)) - 1),
                _ => (0, users - 1),
            };
            int start = random.Next(3) == 0 ? 0 : size * random.Next(0, 12);
            string vector = words == 1 ? "" : $".v{words}";
            string[] registers = Enumerable.Range(0, words).Select(k => element == 3 ? $"%rd{10 + k}" : element == 2 ? $"%r{20 + k}" : $"%h{1 + k}").ToArray();
            string value = words == 1 ? registers[0] : "{" + string.Join(",", registers) + "}";
            string address = shared ? "%r5" : "%rd5";
            body.Append(CultureInfo.InvariantCulture, $"mul.lo.u32 %r2, %r1, {stride}; rem.u32 %r2, %r2, {wrap}; add.u32 %r2, %r2, {start}; ");
            body.Append(shared ? "add.u32 %r5, %r2, %r9; " : "cvt.u64.u32 %rd4, %r2; add.u64 %rd5, %rd1, %rd4; ");
            body.Append(CultureInfo.InvariantCulture, $"setp.ge.u32 %p1, %r1, {first}; setp.le.and.u32 %p2, %r1, {last}, %p1; ");
            // Values that no other access stores, so that no store is harmless; bytes can hold too few of them and are the exception.
            body.Append(CultureInfo.InvariantCulture, $"mov.u32 %r3, %ctaid.x; mad.lo.u32 %r3, %r3, 101, %r1; add.u32 %r3, %r3, {(i + 1) * 211}; ");
            foreach (string register in registers)
            {
                body.Append(register.StartsWith("%rd", StringComparison.Ordinal) ? $"cvt.u64.u32 {register}, %r3; " : register.StartsWith("%h", StringComparison.Ordinal) ? $"cvt.u16.u32 {register}, %r3; " : $"mov.u32 {register}, %r3; ");
            }
            string space = shared ? "shared" : "global";
            body.Append(write ? $"@%p2 st.{space}{vector}.{Types[element]} [{address}], {value};\n" : $"@%p2 ld.{space}{vector}.{Types[element]} {value}, [{address}];\n");
            steps.Add(new Step(firstLine + body.ToString().Count(static c => c == '\n') - 1, shared, write, size, start, stride, wrap, Math.Min(first, last), Math.Max(first, last), steps.Count, warpInterval));
            if (first > last)
            {
                body.Replace($"setp.ge.u32 %p1, %r1, {first}; setp.le.and.u32 %p2, %r1, {last}, %p1; ", $"setp.ge.u32 %p1, %r1, {last}; setp.le.and.u32 %p2, %r1, {first}, %p1; ");
            }
        }
        return (Simulation.Kernel(".param .u64 data", body.ToString()), steps, meetings);
    }

    /// <summary>Whether barriers order what a warp did before what another one does later.</summary>
    private static bool IsOrdered(int before, int warp, int after, int other, List<Meeting> meetings)
    {
        uint known = 1u << warp;
        bool met = false;
        foreach (Meeting meeting in meetings.Where(meeting => meeting.Place > before && meeting.Place <= after))
        {
            uint members = (1u << meeting.Warps) - 1;
            if ((known & members) != 0)
            {
                known |= members;
                met = true;
            }
        }
        return met && (known >> other & 1) != 0;
    }

    private static bool Race(Step a, int blockA, int threadA, Step b, int blockB, int threadB, List<Meeting> meetings)
    {
        if (a.Shared != b.Shared || !(a.Write || b.Write) || !a.Runs(threadA) || !b.Runs(threadB) || (blockA == blockB && threadA == threadB))
        {
            return false;
        }
        int from = Math.Max(a.AddressOf(threadA), b.AddressOf(threadB));
        int to = Math.Min(a.AddressOf(threadA) + a.Size, b.AddressOf(threadB) + b.Size);
        if (from >= to)
        {
            return false;
        }
        if (blockA != blockB)
        {
            return !a.Shared;
        }
        (int warpA, int warpB) = (threadA / 32, threadB / 32);
        bool ordered = a.Place <= b.Place ? IsOrdered(a.Place, warpA, b.Place, warpB, meetings) : IsOrdered(b.Place, warpB, a.Place, warpA, meetings);
        return !ordered && (warpA != warpB || a.WarpInterval == b.WarpInterval);
    }

    private static bool AnyRace(List<Step> steps, List<Meeting> meetings, int blocks)
    {
        for (int i = 0; i < steps.Count; i++)
        {
            for (int k = i; k < steps.Count; k++)
            {
                for (int a = 0; a < Threads; a++)
                {
                    for (int b = 0; b < Threads; b++)
                    {
                        if (Race(steps[i], 0, a, steps[k], 0, b, meetings) || (blocks > 1 && Race(steps[i], 0, a, steps[k], 1, b, meetings)))
                        {
                            return true;
                        }
                    }
                }
            }
        }
        return false;
    }

    [Test]
    public void FindingsAreRacesAndRacesAreFound([Range(1, 12)] int seed)
    {
        var random = new Random(seed);
        int racy = 0;
        int clean = 0;
        int exactly = 0;
        int roughly = 0;
        for (int round = 0; round < 40; round++)
        {
            (string ptx, List<Step> steps, List<Meeting> meetings) = Generate(random);
            if (steps.Any(static step => step is { Write: true } && step.Size % 4 != 0 && step.Stride < step.Size))
            {
                // Threads that store bytes to one place may happen to store equal ones, which is no race.
                continue;
            }
            // With one block global memory is no less exciting than shared memory; with two, nearly every store to it races.
            int blocks = random.Next(1, Blocks + 1);
            bool expected = AnyRace(steps, meetings, blocks);
            (racy, clean) = expected ? (racy + 1, clean) : (racy, clean + 1);
            using var simulation = new Simulation(ptx);
            ulong data = simulation.Upload(Enumerable.Repeat((byte)0xA5, 2 * BufferBytes).ToArray());
            LaunchResult result = simulation.Run(new Dim3(blocks), new Dim3(Threads), new LaunchOptions { Checks = CheckKinds.Racecheck, Seed = round % 3 }, 0, data);
            Assert.That(result.Status, Is.EqualTo(LaunchStatus.Success), result.Message);
            Assert.That(result.Findings.Count > 0, Is.EqualTo(expected), $"round {round}\n{ptx}\n{string.Join("\n", result.Findings)}");
            foreach (Finding finding in result.Findings)
            {
                Step now = steps.Single(step => step.Line == finding.PtxLine);
                Step before = steps.Single(step => step.Line == finding.Other!.PtxLine);
                // When three instructions of a warp read one place, the thread is right and the line is that of one of the three.
                bool exact = Race(now, finding.Block.X, finding.Thread.X, before, finding.Other!.Block.X, finding.Other.Thread.X, meetings);
                (exactly, roughly) = exact ? (exactly + 1, roughly) : (exactly, roughly + 1);
                Assert.That(
                    exact || steps.Any(step => Race(now, finding.Block.X, finding.Thread.X, step, finding.Other.Block.X, finding.Other.Thread.X, meetings)),
                    $"round {round}\n{ptx}\n{finding}");
            }
        }
        Assert.That(roughly * 20, Is.LessThan(exactly));
        Assert.That(racy, Is.GreaterThan(5));
        Assert.That(clean, Is.GreaterThan(0));
    }
}
