using WrnEngine.Kernels.Driver;

namespace WrnEngine.Tests.Simulator.Driver;

public sealed unsafe class EventTests : DriverFixture
{
    [Test]
    public void ElapsedTimeIsThatOfTheWorkBetween()
    {
        ulong x = Alloc(32 << 20);
        CuStream stream = Stream();
        CuEvent start = Event(CudaEventFlags.Default);
        CuEvent end = Event(CudaEventFlags.Default);
        float milliseconds;
        Fails(CudaResult.InvalidHandle, Api.EventElapsedTime(&milliseconds, start, end));
        Ok(Api.EventRecord(start, stream));
        Ok(Api.MemsetD32Async(x, 1, 8 << 20, stream));
        Ok(Api.EventRecord(end, stream));
        Fails(CudaResult.NotReady, Api.EventElapsedTime(&milliseconds, start, end));
        Ok(Api.EventSynchronize(end));
        Ok(Api.EventElapsedTime(&milliseconds, start, end));
        Assert.That(milliseconds, Is.InRange(0.05f, 10_000f), "32 MiB were written");
        float back;
        Ok(Api.EventElapsedTime(&back, end, start));
        Assert.That(back, Is.EqualTo(-milliseconds));
    }

    [Test]
    public void EventRules()
    {
        CuEvent created;
        float milliseconds;
        CuStream stream = Stream();
        Fails(CudaResult.InvalidValue, Api.EventCreate(&created, (CudaEventFlags)64));
        Fails(CudaResult.InvalidValue, Api.EventCreate(&created, CudaEventFlags.Interprocess));
        CuEvent untimed = Event(CudaEventFlags.DisableTiming);
        Ok(Api.EventRecord(untimed, stream));
        Ok(Api.EventSynchronize(untimed));
        Fails(CudaResult.InvalidHandle, Api.EventElapsedTime(&milliseconds, untimed, untimed));
        Fails(CudaResult.InvalidHandle, Api.EventRecord(new(stream.Value), stream));
        Fails(CudaResult.InvalidHandle, Api.EventRecord(untimed, new(untimed.Value)));
        Fails(CudaResult.InvalidHandle, Api.StreamWaitEvent(stream, default, 0));
        Fails(CudaResult.InvalidValue, Api.StreamWaitEvent(stream, untimed, 5));
        Ok(Api.EventDestroy(untimed));
        Fails(CudaResult.InvalidHandle, Api.EventDestroy(untimed));
    }

    [Test]
    public void StreamRules()
    {
        CuStream stream;
        int least, greatest, priority;
        CudaStreamFlags flags;
        Fails(CudaResult.InvalidValue, Api.StreamCreate(&stream, (CudaStreamFlags)2));
        Ok(Api.CtxGetStreamPriorityRange(&least, &greatest));
        Ok(Api.StreamCreateWithPriority(&stream, CudaStreamFlags.NonBlocking, greatest - 10));
        Ok(Api.StreamGetPriority(stream, &priority));
        Assert.That((least, greatest, priority), Is.EqualTo((0, -5, -5)));
        Ok(Api.StreamGetFlags(stream, &flags));
        Assert.That(flags, Is.EqualTo(CudaStreamFlags.NonBlocking));
        Ok(Api.StreamGetFlags(default, &flags));
        Assert.That(flags, Is.EqualTo(CudaStreamFlags.Default));
        Fails(CudaResult.InvalidHandle, Api.StreamDestroy(default));
        Fails(CudaResult.InvalidHandle, Api.StreamSynchronize(new(99)));
    }
}
