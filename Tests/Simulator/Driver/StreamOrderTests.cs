using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;

namespace WrnEngine.Tests.Simulator.Driver;

/// <summary>What the order of streams promises, and that nothing beyond it happens by itself.</summary>
[TestFixture(0)]
[TestFixture(1)]
[TestFixture(2)]
[TestFixture(3)]
public sealed unsafe class StreamOrderTests(int seed) : DriverFixture
{
    protected override SimulatorDriverOptions Options => base.Options with { Seed = seed };

    [Test]
    public void StreamKeepsItsOrder()
    {
        ulong x = Alloc(4);
        int* seen = AllocPinned(3);
        CuStream stream = Stream();
        for (uint i = 0; i < 3; i++)
        {
            Ok(Api.MemsetD32Async(x, i + 1, 1, stream));
            Ok(Api.MemcpyDtoHAsync(seen + i, x, 4, stream));
        }

        Ok(Api.StreamSynchronize(stream));
        Assert.That((seen[0], seen[1], seen[2]), Is.EqualTo((1, 2, 3)));
    }

    [Test]
    public void EventOrdersTwoStreams()
    {
        ulong x = Alloc(4);
        int* seen = AllocPinned(1);
        CuStream a = Stream();
        CuStream b = Stream();
        CuEvent done = Event();
        Ok(Api.MemsetD32Async(x, 5, 1, a));
        Ok(Api.EventRecord(done, a));
        Ok(Api.StreamWaitEvent(b, done, 0));
        Ok(Api.MemcpyDtoHAsync(seen, x, 4, b));

        // A later record does not move what was already waited for.
        Ok(Api.MemsetD32Async(x, 6, 1, a));
        Ok(Api.EventRecord(done, a));
        Ok(Api.StreamSynchronize(b));
        Assert.That(*seen, Is.EqualTo(5).Or.EqualTo(6), "the second fill races with the copy, the first does not");
        Ok(Api.EventSynchronize(done));
        Assert.That(Download<int>(x, 1)[0], Is.EqualTo(6));
    }

    [Test]
    public void LegacyStreamWaitsForBlockingStreamsAndTheyForIt()
    {
        ulong x = Alloc(4);
        int* seen = AllocPinned(2);
        CuStream a = Stream(CudaStreamFlags.Default);
        CuStream b = Stream(CudaStreamFlags.Default);
        Ok(Api.MemsetD32Async(x, 7, 1, a));
        Ok(Api.MemcpyDtoHAsync(seen, x, 4, default));
        Ok(Api.MemsetD32Async(x, 8, 1, CuStream.Legacy));
        Ok(Api.MemcpyDtoHAsync(seen + 1, x, 4, b));
        Ok(Api.StreamSynchronize(b));
        Assert.That((seen[0], seen[1]), Is.EqualTo((7, 8)));
    }

    [Test]
    public void PerThreadStreamIsABlockingStream()
    {
        ulong x = Alloc(4);
        int* seen = AllocPinned(1);
        Ok(Api.MemsetD32Async(x, 9, 1, CuStream.PerThread));
        Ok(Api.MemcpyDtoHAsync(seen, x, 4, default));
        Ok(Api.StreamSynchronize(default));
        Assert.That(*seen, Is.EqualTo(9));
    }

    [Test]
    public void SynchronousCopyWaitsForBlockingStreams()
    {
        ulong x = Alloc(4);
        CuStream a = Stream(CudaStreamFlags.Default);
        Ok(Api.MemsetD32Async(x, 11, 1, a));
        Assert.That(Download<int>(x, 1)[0], Is.EqualTo(11));
    }

    [Test]
    public void DestroyedStreamFinishesItsWork()
    {
        ulong x = Alloc(4);
        CuStream a = Stream(CudaStreamFlags.Default);
        CuStream b = Stream();
        Ok(Api.MemsetD32Async(x, 12, 1, a));
        Ok(Api.MemsetD32Async(x + 0, 12, 1, b));
        Ok(Api.StreamDestroy(a));
        Ok(Api.StreamDestroy(b));
        Fails(CudaResult.InvalidHandle, Api.StreamSynchronize(a));
        Ok(Api.CtxSynchronize());
        Assert.That(Download<int>(x, 1)[0], Is.EqualTo(12));
    }

    [Test]
    public void FreeWaitsForWorkInFlight()
    {
        ulong x = Alloc(4);
        int* seen = AllocPinned(1);
        CuStream a = Stream();
        Ok(Api.MemsetD32Async(x, 13, 1, a));
        Ok(Api.MemcpyDtoHAsync(seen, x, 4, a));
        Ok(Api.MemFree(x));
        Assert.That(*seen, Is.EqualTo(13));
    }

    [Test]
    public void QueriesMakeProgress()
    {
        ulong x = Alloc(4);
        CuStream a = Stream();
        CuEvent done = Event();
        Ok(Api.EventQuery(done));
        for (int i = 0; i < 5; i++)
        {
            Ok(Api.MemsetD32Async(x, 1, 1, a));
        }

        Ok(Api.EventRecord(done, a));
        int polls = 0;
        while (Api.EventQuery(done) == CudaResult.NotReady)
        {
            Assert.That(++polls, Is.LessThan(10));
        }

        Ok(Api.EventQuery(done));
        Ok(Api.StreamQuery(a));
    }

    [Test]
    public void PageableMemoryMayBeReusedAtOnce([Values(4, 100_000)] int bytes)
    {
        ulong x = Alloc(bytes);
        byte[] host = new byte[bytes];
        host.AsSpan().Fill(3);
        CuStream a = Stream();
        fixed (byte* source = host)
        {
            Ok(Api.MemcpyHtoDAsync(x, source, (nuint)bytes, a));
            host.AsSpan().Fill(4);
            Ok(Api.MemcpyDtoHAsync(source, x, (nuint)bytes, a));
        }

        Assert.That(host, Is.All.EqualTo(3), "the call returned when the bytes were there");
    }

    [Test]
    public void ThousandsOfPendingCallsStayBounded()
    {
        ulong x = Alloc(4);
        int* seen = AllocPinned(1);
        CuStream a = Stream();
        for (uint i = 0; i < 5000; i++)
        {
            Ok(Api.MemsetD32Async(x, i, 1, a));
        }

        Ok(Api.MemcpyDtoHAsync(seen, x, 4, a));
        Ok(Api.StreamSynchronize(a));
        Assert.That(*seen, Is.EqualTo(4999));
    }
}

/// <summary>Without a seed nothing runs before something waits for it: a missing synchronisation shows every time.</summary>
public sealed unsafe class MissingSynchronizationTests : DriverFixture
{
    [Test]
    public void MissingWaitForAStreamIsSeen()
    {
        ulong x = Alloc(4);
        int* seen = AllocPinned(1);
        CuStream a = Stream();
        Ok(Api.MemsetD32Async(x, 21, 1, a));
        Ok(Api.MemcpyDtoHAsync(seen, x, 4, a));
        Assert.That(*seen, Is.Zero, "read too early");
        Ok(Api.StreamSynchronize(a));
        Assert.That(*seen, Is.EqualTo(21));
    }

    [Test]
    public void MissingWaitBetweenStreamsIsSeen()
    {
        ulong x = Alloc(4);
        int* seen = AllocPinned(1);
        CuStream a = Stream();
        CuStream b = Stream();
        Ok(Api.MemsetD32(x, 0, 1));
        Ok(Api.CtxSynchronize());
        Ok(Api.MemsetD32Async(x, 22, 1, a));
        Ok(Api.MemcpyDtoHAsync(seen, x, 4, b));
        Ok(Api.StreamSynchronize(b));
        Assert.That(*seen, Is.Zero, "stream b did not wait for stream a");
    }

    [Test]
    public void PinnedMemoryIsReadWhenTheCopyRuns()
    {
        ulong x = Alloc(4);
        int* host = AllocPinned(1);
        CuStream a = Stream();
        *host = 1;
        Ok(Api.MemcpyHtoDAsync(x, host, 4, a));
        *host = 2;
        Ok(Api.StreamSynchronize(a));
        Assert.That(Download<int>(x, 1)[0], Is.EqualTo(2), "overwritten before the copy was done");
    }

    [Test]
    public void NonBlockingStreamDoesNotWaitForTheDefaultStream()
    {
        ulong x = Alloc(4);
        int* seen = AllocPinned(1);
        CuStream a = Stream(CudaStreamFlags.NonBlocking);
        Ok(Api.MemsetD32(x, 0, 1));
        Ok(Api.CtxSynchronize());
        Ok(Api.MemsetD32Async(x, 23, 1, default));
        Ok(Api.MemcpyDtoHAsync(seen, x, 4, a));
        Ok(Api.StreamSynchronize(a));
        Assert.That(*seen, Is.Zero);
    }
}
