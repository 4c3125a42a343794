using WrnEngine.Devices;

namespace WrnEngine.Tests.Engine.Devices;

/// <summary>The arena knows when somebody is in the places of recorded work.</summary>
[Category("Cpu")]
public class PoolRegionTests
{
    private const long Slab = 32L << 20;

    private SlabPool _pool = null!;

    [SetUp]
    public void SetUp()
    {
        _pool = new SlabPool(new Addresses());
        _pool.Free(Take(1)); // a slab is there
    }

    [TearDown]
    public void TearDown() => _pool.Dispose();

    [Test]
    public void BuffersInTheRegionAreCounted()
    {
        var before = Take(1000);
        _pool.StartRecording();
        var (first, second) = (Take(5000), Take(7000));
        _pool.Free(first);
        var third = Take(3000); // in the first one's place
        _pool.Free(third);
        _pool.Free(second);
        var region = _pool.StopRecording();
        Assert.That(region.IsFree);

        var inside = Take(64);
        Assert.That(inside.Address, Is.InRange(before.Address, before.Address + 13_000));
        Assert.That(region.IsFree, Is.False);
        var across = Take(1 << 20);
        _pool.Free(inside);
        Assert.That(region.IsFree, Is.False, "the larger one ends beyond it but begins in it");
        _pool.Free(across);
        Assert.That(region.IsFree);
        _pool.Free(before);
        Assert.That(region.IsFree);
    }

    [Test]
    public void BuffersBesideItAreNot()
    {
        _pool.StartRecording();
        _pool.Free(Take(4096));
        var region = _pool.StopRecording();
        var whole = Take(Slab);
        Assert.That(region.IsFree, Is.False, "a whole slab covers it");
        var other = Take(Slab); // of a slab of its own
        _pool.Free(whole);
        Assert.That(region.IsFree);
        _pool.Free(other);
        Assert.That(region.IsFree);
    }

    [Test]
    public void WhatTheWorkLeavesBehindIsInUse()
    {
        _pool.StartRecording();
        var (left, given) = (Take(100), Take(100));
        _pool.Free(given);
        var region = _pool.StopRecording();
        Assert.That(region.IsFree, Is.False);
        _pool.Free(left);
        Assert.That(region.IsFree);
    }

    [Test]
    public void SeveralRegionsAreWatchedUntilTheyAreForgotten()
    {
        _pool.StartRecording();
        _pool.Free(Take(100));
        var first = _pool.StopRecording();
        var kept = Take(200);
        Assert.That(first.IsFree, Is.False);
        _pool.StartRecording();
        _pool.Free(Take(100));
        var second = _pool.StopRecording();
        Assert.That((first.IsFree, second.IsFree), Is.EqualTo((false, true)));
        _pool.Forget(first);
        _pool.Free(kept);
        Assert.That((first.IsFree, second.IsFree), Is.EqualTo((false, true)));
    }

    [Test]
    public void NoSlabIsTakenDuringARecording()
    {
        _pool.StartRecording();
        Assert.That(() => _pool.Allocate(Slab + 1), Throws.TypeOf<RecordingRefusedException>());
        Assert.That(_pool.StopRecording().IsFree);
        Assert.That(_pool.SlabCount, Is.EqualTo(1));
        Assert.That(() => _pool.StopRecording(), Throws.InvalidOperationException);
        Assert.That(_pool.Allocate(Slab + 1), Is.Not.Null);
    }

    private PoolBlock Take(long size) => _pool.Allocate(size)!;

    /// <summary>Addresses and nothing behind them.</summary>
    private sealed class Addresses : ISlabSource
    {
        private nint _next = 1 << 20;

        public nint Allocate(long sizeInBytes)
        {
            nint address = _next;
            _next += (nint)sizeInBytes;
            return address;
        }

        public void Free(nint address, long sizeInBytes)
        {
            // There is none.
        }
    }
}
