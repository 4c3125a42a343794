using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;

namespace WrnEngine.Tests.Engine.Devices.Cpu;

[TestFixture]
[Category("Cpu")]
public unsafe class CpuMemoryTests
{
    [Test]
    public void BuffersAreAlignedAndDoNotOverlap([Values] ArenaMode mode)
    {
        using var memory = new CpuMemory(mode);
        var random = new Random(1);
        var live = new List<(DeviceBuffer Buffer, byte Mark)>();
        for (int i = 0; i < 2000; i++)
        {
            if (live.Count > 0 && random.Next(5) < 2 + live.Count / 64)
            {
                int victim = random.Next(live.Count);
                Check(live[victim]);
                live[victim].Buffer.Release();
                live.RemoveAt(victim);
                continue;
            }
            var buffer = memory.Allocate(random.Next(4) == 0 ? random.Next(3 << 20) : random.Next(2000));
            Assert.That((long)buffer.Address % DeviceMemory.Alignment, Is.Zero);
            Bytes(buffer).Fill((byte)i);
            live.Add((buffer, (byte)i));
        }
        Assert.That(memory.LiveBuffers, Is.EqualTo(live.Count));
        Assert.That(memory.LiveBytes, Is.EqualTo(live.Sum(x => x.Buffer.SizeInBytes)));
        Assert.That(memory.ReservedBytes, Is.GreaterThanOrEqualTo(memory.LiveBytes));
        foreach (var entry in live)
        {
            Check(entry);
            entry.Buffer.Release();
        }
        memory.CheckGuards();
        Assert.That(memory.LiveBytes, Is.Zero);
    }

    [Test]
    public void TheSecondRoundOfARepeatingPatternTakesNothingFromTheSystem()
    {
        using var memory = new CpuMemory(ArenaMode.Pooled);
        long slabs = 0, reserved = 0;
        var places = new List<nint>();
        for (int round = 0; round < 4; round++)
        {
            var now = new List<nint>();
            var live = new List<DeviceBuffer>();
            var random = new Random(3);
            for (int i = 0; i < 300; i++)
            {
                if (live.Count > 20 || (live.Count > 0 && random.Next(3) == 0))
                {
                    int victim = random.Next(live.Count);
                    live[victim].Release();
                    live.RemoveAt(victim);
                }
                var buffer = memory.Allocate(random.Next(1, 6 << 20));
                live.Add(buffer);
                now.Add(buffer.Address);
            }
            foreach (var buffer in live) buffer.Release();
            if (round == 0)
            {
                (slabs, reserved, places) = (memory.SystemAllocations, memory.ReservedBytes, now);
                continue;
            }
            Assert.That(memory.SystemAllocations, Is.EqualTo(slabs));
            Assert.That(memory.ReservedBytes, Is.EqualTo(reserved));
        }
        Assert.That(slabs, Is.Positive);
        Assert.That(places, Has.Count.EqualTo(300));
    }

    [Test]
    public void FreedNeighboursMergeIntoOneBlock()
    {
        using var memory = new CpuMemory(ArenaMode.Pooled);
        var buffers = Enumerable.Range(0, 8).Select(_ => memory.Allocate(4 << 20)).ToArray();
        Assert.That(memory.SystemAllocations, Is.EqualTo(1));
        foreach (int i in (int[])[1, 3, 5, 7, 0, 2, 4, 6]) buffers[i].Release();
        var whole = memory.Allocate(32 << 20);
        Assert.That(memory.SystemAllocations, Is.EqualTo(1));
        whole.Release();
    }

    [Test]
    public void TheSmallestHoleThatFitsIsTaken()
    {
        using var memory = new CpuMemory(ArenaMode.Pooled);
        long[] sizes = [8 << 20, 1 << 20, 2 << 20, 1 << 20, 4 << 20, 1 << 20];
        var buffers = sizes.Select(memory.Allocate).ToArray();
        nint hole = buffers[2].Address;
        foreach (int i in (int[])[0, 2, 4]) buffers[i].Release();
        var fits = memory.Allocate((2 << 20) - 100);
        Assert.That(fits.Address, Is.EqualTo(hole));
    }

    [Test]
    public void ALargeBufferHasASlabOfItsSize()
    {
        using var memory = new CpuMemory(ArenaMode.Pooled);
        var buffer = memory.Allocate((67 << 20) + 1);
        Assert.That(memory.ReservedBytes, Is.EqualTo(68 << 20));
        Assert.That((long)buffer.Address % (2 << 20), Is.Zero);
        Bytes(buffer)[^1] = 1;
        buffer.Release();
        Assert.That(memory.ReservedBytes, Is.EqualTo(68 << 20), "slabs are kept");
    }

    [Test]
    public void AGuardedBufferStartsAsNaN()
    {
        using var memory = new CpuMemory(ArenaMode.Guarded);
        var buffer = memory.Allocate(40);
        Assert.That(new Span<float>((void*)buffer.Address, 10).ToArray(), Is.All.NaN);
        buffer.Release();
    }

    [TestCase(-1, "1 bytes before the start of a buffer of 100 bytes")]
    [TestCase(-64, "64 bytes before the start of a buffer of 100 bytes")]
    [TestCase(100, "1 bytes behind the end of a buffer of 100 bytes")]
    [TestCase(163, "64 bytes behind the end of a buffer of 100 bytes")]
    public void AWriteOutsideAGuardedBufferIsNamed(int offset, string expected)
    {
        using var memory = new CpuMemory(ArenaMode.Guarded);
        var buffer = memory.Allocate(100);
        ((byte*)buffer.Address)[offset] ^= 0xFF;
        Assert.That(memory.CheckGuards, Throws.InvalidOperationException.With.Message.Contains(expected));
        Assert.That(buffer.Release, Throws.InvalidOperationException.With.Message.Contains(expected));
        Assert.That(memory.CheckGuards, Throws.Nothing);
    }

    [Test]
    public void RunningOutOfMemoryIsOneSentence([Values] ArenaMode mode)
    {
        using var memory = new CpuMemory(mode);
        var buffer = memory.Allocate(3 << 20);
        Assert.That(
            () => memory.Allocate(1L << 56),
            Throws.InstanceOf<OutOfMemoryException>().With.Message.Contains("68719476736.0 MiB").And.Message.Contains("3.0 MiB are in use"));
        buffer.Release();
        Assert.That(memory.LiveBuffers, Is.Zero);
    }

    [Test]
    public void ReturningABufferAfterTheArenaEndedIsHarmless([Values] ArenaMode mode)
    {
        DeviceBuffer buffer;
        using (var memory = new CpuMemory(mode)) buffer = memory.Allocate(1000);
        Assert.That(buffer.Release, Throws.Nothing);
    }

    private static Span<byte> Bytes(DeviceBuffer buffer) => new((void*)buffer.Address, checked((int)buffer.SizeInBytes));

    private static void Check((DeviceBuffer Buffer, byte Mark) entry) =>
        Assert.That(Bytes(entry.Buffer).IndexOfAnyExcept(entry.Mark), Is.EqualTo(-1), "somebody else wrote into the buffer");
}
