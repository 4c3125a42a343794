using WrnEngine.Devices.Cpu;

namespace WrnEngine.Tests.Engine.Devices.Cpu;

[TestFixture]
[Category("Cpu")]
public class ThreadTeamTests
{
    [Test]
    public void EveryPartRunsExactlyOnce([Values(1, 2, 3, 7)] int threads, [Values(0, 1, 2, 3, 5, 64, 1000)] int parts)
    {
        using var team = new ThreadTeam(threads);
        var counts = new int[parts];
        var members = new int[parts];
        team.For(parts, (part, member) =>
        {
            Interlocked.Increment(ref counts[part]);
            members[part] = member;
        });
        Assert.That(counts, Is.All.EqualTo(1));
        Assert.That(members, Is.All.InRange(0, threads - 1));
    }

    [Test]
    public void ManyShortLoopsLoseNothing([Values(2, 3, 5)] int threads)
    {
        using var team = new ThreadTeam(threads);
        var cells = new long[16];
        long expected = 0;
        for (int loop = 0; loop < 20_000; loop++)
        {
            int add = loop;
            team.For(2 + loop % 15, part => cells[part] += add);
            expected += (2 + loop % 15) * (long)add;
        }
        Assert.That(cells.Sum(), Is.EqualTo(expected));
    }

    [Test]
    public void LoopsAfterPausesWakeSleepingMembers([Values(2, 3)] int threads)
    {
        using var team = new ThreadTeam(threads);
        int total = 0;
        for (int loop = 0; loop < 60; loop++)
        {
            // From well below to well above the time after which members go to sleep.
            Thread.Sleep(TimeSpan.FromMicroseconds(loop * 20));
            team.For(8, _ => Interlocked.Increment(ref total));
        }
        Assert.That(total, Is.EqualTo(60 * 8));
    }

    [Test]
    public void AllMembersWorkAtTheSameTime()
    {
        using var team = new ThreadTeam(3);
        using var meeting = new Barrier(3);
        // Each part waits for the other two: this ends only if three members are inside at once.
        bool met = true;
        team.For(3, _ => met &= meeting.SignalAndWait(TimeSpan.FromSeconds(30)));
        Assert.That(met, Is.True);
    }

    [Test]
    public void AMemberThatIsHeldUpIsHelped()
    {
        using var team = new ThreadTeam(2);
        int done = 0;
        bool othersFinished = false;
        team.For(100, part =>
        {
            if (part == 0) othersFinished = SpinWait.SpinUntil(() => Volatile.Read(ref done) == 99, TimeSpan.FromSeconds(30));
            else Interlocked.Increment(ref done);
        });
        Assert.That(othersFinished, Is.True, "the 49 parts behind part 0 in the same range must be taken over");
    }

    [Test]
    public void ALoopInsideALoopRuns([Values(2, 3)] int threads)
    {
        using var team = new ThreadTeam(threads);
        int total = 0;
        team.For(10, _ => team.For(10, _ => Interlocked.Increment(ref total)));
        Assert.That(total, Is.EqualTo(100));
    }

    [Test]
    public void AnExceptionComesBackAndTheTeamStaysUsable([Values(1, 2, 3)] int threads)
    {
        using var team = new ThreadTeam(threads);
        for (int loop = 0; loop < 200; loop++)
        {
            int failing = loop % 20;
            Assert.That(
                () => team.For(20, part =>
                {
                    if (part == failing) throw new InvalidOperationException($"part {part}");
                }),
                Throws.InvalidOperationException.With.Message.EqualTo($"part {failing}"));
            int total = 0;
            team.For(20, _ => Interlocked.Increment(ref total));
            Assert.That(total, Is.EqualTo(20));
        }
    }

    [Test]
    public void TeamsEndWhetherTheirMembersSleepOrSpin()
    {
        for (int i = 0; i < 50; i++)
        {
            using var team = new ThreadTeam(3);
            int total = 0;
            if (i % 2 == 0) team.For(9, _ => Interlocked.Increment(ref total));
            if (i % 5 == 0) Thread.Sleep(1);
        }
    }
}
