using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;

namespace WrnEngine.Tests.Simulator.Driver;

/// <summary>Stream capture: what it makes, what it forbids, and with which error.</summary>
public sealed unsafe class CaptureTests : DriverFixture
{
    private static readonly int[] Forked = [1, 2, 3, 3];

    [Test]
    public void CapturedWorkRunsWhenTheGraphIsLaunched()
    {
        ulong x = Alloc(4);
        int* seen = AllocPinned(1);
        CuStream stream = Stream();
        Upload<int>(x, [1]);
        Begin(stream);
        Ok(Api.MemsetD32Async(x, 30, 1, stream));
        Ok(Api.MemcpyDtoHAsync(seen, x, 4, stream));
        CuGraphExec executable = Instantiate(End(stream));
        Assert.That(Download<int>(x, 1)[0], Is.EqualTo(1), "capturing does nothing");
        for (int i = 0; i < 3; i++)
        {
            *seen = 0;
            Ok(Api.GraphLaunch(executable, stream));
            Ok(Api.StreamSynchronize(stream));
            Assert.That(*seen, Is.EqualTo(30));
        }
    }

    [Test]
    public void ForkAndJoinByEvents([Values(0, 1, 2, 3, 4)] int seed)
    {
        SimulatorDriver.Reset(Options with { Seed = seed });
        Reopen();
        ulong x = Alloc(16);
        CuStream a = Stream();
        CuStream b = Stream();
        CuEvent fork = Event();
        CuEvent join = Event();
        Begin(a);
        Ok(Api.MemsetD32Async(x, 1, 4, a));
        Ok(Api.EventRecord(fork, a));
        Ok(Api.StreamWaitEvent(b, fork, 0));
        Ok(Status(b, out CudaCaptureStatus status));
        Assert.That(status, Is.EqualTo(CudaCaptureStatus.Active), "stream b takes part");
        Ok(Api.MemsetD32Async(x + 4, 2, 1, a));
        Ok(Api.MemsetD32Async(x + 8, 3, 1, b));
        Ok(Api.EventRecord(join, b));
        Ok(Api.StreamWaitEvent(a, join, 0));
        Ok(Api.MemcpyDtoDAsync(x + 12, x + 8, 4, a));
        CuGraph graph = End(a);
        nuint nodes = 0;
        Ok(Api.GraphGetNodes(graph, null, &nodes));
        Assert.That((int)nodes, Is.EqualTo(4));
        Ok(Status(b, out status));
        Assert.That(status, Is.EqualTo(CudaCaptureStatus.None));

        CuGraphExec executable = Instantiate(graph);
        Ok(Api.GraphDestroy(graph));
        for (int i = 0; i < 4; i++)
        {
            Ok(Api.MemsetD32(x, 0, 4));
            Ok(Api.CtxSynchronize());
            Ok(Api.GraphLaunch(executable, b));
            Ok(Api.StreamSynchronize(b));
            Assert.That(Download<int>(x, 4), Is.EqualTo(Forked));
        }
    }

    [Test]
    public void UnjoinedForkIsRefused()
    {
        ulong x = Alloc(16);
        CuStream a = Stream();
        CuStream b = Stream();
        CuEvent fork = Event();
        Begin(a);
        Ok(Api.MemsetD32Async(x, 1, 1, a));
        Ok(Api.EventRecord(fork, a));
        Ok(Api.StreamWaitEvent(b, fork, 0));
        Ok(Api.MemsetD32Async(x, 2, 1, b));
        CuGraph graph;
        Fails(CudaResult.StreamCaptureUnjoined, Api.StreamEndCapture(a, &graph));
        Assert.That(graph, Is.EqualTo(default(CuGraph)));
        Ok(Api.StreamSynchronize(a));
        Ok(Api.StreamSynchronize(b));
    }

    [Test]
    public void WaitingForACapturedStreamInvalidatesTheCapture()
    {
        CuStream stream = Stream();
        Begin(stream);
        Fails(CudaResult.StreamCaptureUnsupported, Api.StreamSynchronize(stream));
        Invalidated(stream);
    }

    [Test]
    public void WaitingForTheContextInvalidatesTheCapture()
    {
        CuStream stream = Stream();
        Begin(stream, CudaCaptureMode.Relaxed);
        Fails(CudaResult.StreamCaptureUnsupported, Api.CtxSynchronize());
        Invalidated(stream);
    }

    [Test]
    public void CapturedEventCannotBeAwaited()
    {
        CuStream stream = Stream();
        CuEvent captured = Event();
        Begin(stream, CudaCaptureMode.Relaxed);
        Ok(Api.EventRecord(captured, stream));
        Fails(CudaResult.CapturedEvent, Api.EventQuery(captured));
        Invalidated(stream);
        Fails(CudaResult.CapturedEvent, Api.EventSynchronize(captured));
        Ok(Api.EventRecord(captured, stream));
        Ok(Api.EventSynchronize(captured));
    }

    [Test]
    public void EventOfOutsideCannotBeWaitedForInACapture()
    {
        CuStream a = Stream();
        CuStream b = Stream();
        CuEvent outside = Event();
        Ok(Api.EventRecord(outside, b));
        Begin(a);
        Fails(CudaResult.StreamCaptureIsolation, Api.StreamWaitEvent(a, outside, 0));
        Invalidated(a);
    }

    [Test]
    public void TwoCapturesCannotMerge()
    {
        CuStream a = Stream();
        CuStream b = Stream();
        CuEvent captured = Event();
        Begin(a);
        Begin(b);
        Ok(Api.EventRecord(captured, a));
        Fails(CudaResult.StreamCaptureMerge, Api.StreamWaitEvent(b, captured, 0));
        Invalidated(a);
        Invalidated(b);
    }

    [Test]
    public void DefaultStreamIsImplicitlyInvolved()
    {
        ulong x = Alloc(4);
        CuStream blocking = Stream(CudaStreamFlags.Default);
        Fails(CudaResult.StreamCaptureUnsupported, Api.StreamBeginCapture(default, CudaCaptureMode.Global));
        Begin(blocking);
        Fails(CudaResult.StreamCaptureImplicit, Status(default, out _));
        Ok(Status(blocking, out CudaCaptureStatus status));
        Assert.That(status, Is.EqualTo(CudaCaptureStatus.Active), "asking does no harm");
        Fails(CudaResult.StreamCaptureImplicit, Api.MemsetD32(x, 1, 1));
        Invalidated(blocking);

        CuStream nonBlocking = Stream();
        Begin(nonBlocking);
        Ok(Api.MemsetD32(x, 1, 1));
        Ok(Status(nonBlocking, out status));
        Assert.That(status, Is.EqualTo(CudaCaptureStatus.Active));
        Ok(Api.GraphDestroy(End(nonBlocking)));
    }

    [TestCase(CudaCaptureMode.Global, CudaResult.StreamCaptureUnsupported)]
    [TestCase(CudaCaptureMode.ThreadLocal, CudaResult.StreamCaptureUnsupported)]
    [TestCase(CudaCaptureMode.Relaxed, CudaResult.Success)]
    public void AllocationDuringACaptureDependsOnItsMode(CudaCaptureMode mode, CudaResult expected)
    {
        CuStream stream = Stream();
        ulong address;
        Begin(stream, mode);
        Fails(expected, Api.MemAlloc(&address, 16));
        if (expected == CudaResult.Success)
        {
            Ok(Api.GraphDestroy(End(stream)));
        }
        else
        {
            Invalidated(stream);
        }
    }

    [TestCase(CudaCaptureMode.Global, CudaResult.StreamCaptureUnsupported)]
    [TestCase(CudaCaptureMode.ThreadLocal, CudaResult.Success)]
    public void OtherThreadsAreBoundByAGlobalCaptureOnly(CudaCaptureMode mode, CudaResult expected)
    {
        CuContext context = Current();
        CuStream stream = Stream();
        Begin(stream, mode);
        CudaResult seen = default;
        var thread = new Thread(() =>
        {
            ulong address;
            Api.CtxSetCurrent(context);
            seen = Api.MemAlloc(&address, 16);
        });
        thread.Start();
        thread.Join();
        Fails(expected, seen);
    }

    [Test]
    public void ThreadMayRelaxItself()
    {
        CuStream stream = Stream();
        ulong address;
        Begin(stream);
        CudaCaptureMode mode = CudaCaptureMode.Relaxed;
        Ok(Api.ThreadExchangeStreamCaptureMode(&mode));
        Assert.That(mode, Is.EqualTo(CudaCaptureMode.Global));
        Ok(Api.MemAlloc(&address, 16));
        Ok(Api.ThreadExchangeStreamCaptureMode(&mode));
        Assert.That(mode, Is.EqualTo(CudaCaptureMode.Relaxed));
        Ok(Api.GraphDestroy(End(stream)));
    }

    [Test]
    public void BeginAndEndHaveToMatch()
    {
        CuStream a = Stream();
        CuStream b = Stream();
        CuEvent fork = Event();
        CuGraph graph;
        Fails(CudaResult.IllegalState, Api.StreamEndCapture(a, &graph));
        Begin(a);
        Fails(CudaResult.IllegalState, Api.StreamBeginCapture(a, CudaCaptureMode.Global));
        Ok(Api.EventRecord(fork, a));
        Ok(Api.StreamWaitEvent(b, fork, 0));
        Fails(CudaResult.StreamCaptureUnmatched, Api.StreamEndCapture(b, &graph));
        Invalidated(a);
        Fails(CudaResult.InvalidValue, Api.StreamBeginCapture(a, (CudaCaptureMode)9));
    }

    [Test]
    public void OtherThreadCannotEndACapture()
    {
        CuContext context = Current();
        CuStream stream = Stream();
        Begin(stream);
        CudaResult seen = default;
        var thread = new Thread(() =>
        {
            CuGraph graph;
            Api.CtxSetCurrent(context);
            seen = Api.StreamEndCapture(stream, &graph);
        });
        thread.Start();
        thread.Join();
        Fails(CudaResult.StreamCaptureWrongThread, seen);
        Ok(Api.GraphDestroy(End(stream)));
    }

    private static CuContext Current()
    {
        CuContext context;
        Ok(Api.CtxGetCurrent(&context));
        return context;
    }

    private static void Begin(CuStream stream, CudaCaptureMode mode = CudaCaptureMode.Global) => Ok(Api.StreamBeginCapture(stream, mode));

    private static CuGraph End(CuStream stream)
    {
        CuGraph graph;
        Ok(Api.StreamEndCapture(stream, &graph));
        return graph;
    }

    private static CuGraphExec Instantiate(CuGraph graph)
    {
        CuGraphExec executable;
        Ok(Api.GraphInstantiateWithFlags(&executable, graph, 0));
        return executable;
    }

    /// <summary>The capture says that it is lost, takes nothing more, ends with the error, and leaves the stream usable.</summary>
    private static void Invalidated(CuStream stream)
    {
        Ok(Status(stream, out CudaCaptureStatus status));
        Assert.That(status, Is.EqualTo(CudaCaptureStatus.Invalidated));
        CuEvent refused = Event();
        Fails(CudaResult.StreamCaptureInvalidated, Api.EventRecord(refused, stream));
        CuGraph graph;
        Fails(CudaResult.StreamCaptureInvalidated, Api.StreamEndCapture(stream, &graph));
        Ok(Status(stream, out status));
        Assert.That(status, Is.EqualTo(CudaCaptureStatus.None));
        Ok(Api.EventRecord(refused, stream));
    }

    private static void Reopen()
    {
        Ok(Api.Init(0));
        CuContext context;
        Ok(Api.DevicePrimaryCtxRetain(&context, 0));
        Ok(Api.CtxSetCurrent(context));
    }
}
