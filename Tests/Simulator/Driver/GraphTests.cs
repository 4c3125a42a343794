using WrnEngine.Kernels.Driver;

namespace WrnEngine.Tests.Simulator.Driver;

/// <summary>Executable graphs: updates, order behind earlier launches, children, stale handles.</summary>
public sealed unsafe class GraphTests : DriverFixture
{
    [Test]
    public void UpdateTakesOverParameters()
    {
        ulong x = Alloc(8);
        CuStream stream = Stream();
        CuGraph first = CaptureFills(stream, x, 1, 1);
        CuGraph second = CaptureFills(stream, x, 1, 2);
        CuGraphExec executable;
        CudaGraphUpdateInfo info;
        Ok(Api.GraphInstantiateWithFlags(&executable, first, 0));
        Ok(Api.GraphLaunch(executable, stream));
        Ok(Api.GraphExecUpdate(executable, second, &info));
        Assert.That(info.Result, Is.EqualTo(CudaGraphUpdateResult.Success));
        Ok(Api.GraphLaunch(executable, stream));
        Ok(Api.StreamSynchronize(stream));
        Assert.That(Download<int>(x, 1)[0], Is.EqualTo(2));
    }

    [Test]
    public void UpdateRefusesAnotherTopologyAndOtherKinds()
    {
        ulong x = Alloc(8);
        CuStream stream = Stream();
        CuGraph one = CaptureFills(stream, x, 1, 1);
        CuGraph two = CaptureFills(stream, x, 2, 1);
        Ok(Api.StreamBeginCapture(stream, CudaCaptureMode.Global));
        Ok(Api.MemcpyDtoDAsync(x, x + 4, 4, stream));
        CuGraph copy;
        Ok(Api.StreamEndCapture(stream, &copy));
        CuGraphExec executable;
        CudaGraphUpdateInfo info;
        Ok(Api.GraphInstantiateWithFlags(&executable, one, 0));
        Fails(CudaResult.GraphExecUpdateFailure, Api.GraphExecUpdate(executable, two, &info));
        Assert.That(info.Result, Is.EqualTo(CudaGraphUpdateResult.ErrorTopologyChanged));
        Fails(CudaResult.GraphExecUpdateFailure, Api.GraphExecUpdate(executable, copy, &info));
        Assert.That(info.Result, Is.EqualTo(CudaGraphUpdateResult.ErrorNodeTypeChanged));
        CuGraphNode node;
        nuint count = 1;
        Ok(Api.GraphGetNodes(copy, &node, &count));
        Assert.That(info.ErrorNode, Is.EqualTo(node), "the node that did not fit is named");
    }

    [Test]
    public void LaunchesOfOneGraphKeepTheirOrderAcrossStreams()
    {
        ulong x = Alloc(8);
        int* seen = AllocPinned(1);
        CuStream a = Stream();
        CuStream b = Stream();
        CuGraph graph = CaptureFills(a, x, 1, 5);
        CuGraphExec executable;
        Ok(Api.GraphInstantiateWithFlags(&executable, graph, 0));
        Ok(Api.MemsetD32Async(x, 1, 1, a));
        Ok(Api.GraphLaunch(executable, a));
        Ok(Api.GraphLaunch(executable, b));
        Ok(Api.MemsetD32Async(x + 4, 9, 1, b));
        Ok(Api.MemcpyDtoHAsync(seen, x, 4, b));
        Ok(Api.StreamSynchronize(b));
        Assert.That(*seen, Is.EqualTo(5), "the launch in b stood behind the one in a, and that behind the fill");
    }

    [Test]
    public void GraphLaunchedInACaptureBecomesAChild()
    {
        ulong x = Alloc(8);
        CuStream stream = Stream();
        CuGraph inner = CaptureFills(stream, x, 1, 6);
        CuGraphExec innerExecutable, outerExecutable;
        Ok(Api.GraphInstantiateWithFlags(&innerExecutable, inner, 0));
        Ok(Api.StreamBeginCapture(stream, CudaCaptureMode.Global));
        Ok(Api.GraphLaunch(innerExecutable, stream));
        Ok(Api.MemcpyDtoDAsync(x + 4, x, 4, stream));
        CuGraph outer;
        Ok(Api.StreamEndCapture(stream, &outer));
        Ok(Api.GraphInstantiateWithFlags(&outerExecutable, outer, 0));
        Ok(Api.GraphLaunch(outerExecutable, stream));
        Ok(Api.StreamSynchronize(stream));
        Assert.That(Download<int>(x, 2), Is.All.EqualTo(6));
    }

    [Test]
    public void StaleHandlesAreRefused()
    {
        ulong x = Alloc(8);
        CuStream stream = Stream();
        CuGraph graph = CaptureFills(stream, x, 1, 1);
        CuGraphExec executable;
        Fails(CudaResult.InvalidValue, Api.GraphInstantiateWithFlags(&executable, graph, 1UL << 40));
        Ok(Api.GraphInstantiateWithFlags(&executable, graph, 0));
        Ok(Api.GraphDestroy(graph));
        Fails(CudaResult.InvalidHandle, Api.GraphDestroy(graph));
        Fails(CudaResult.InvalidHandle, Api.GraphInstantiateWithFlags(&executable, graph, 0));
        Ok(Api.GraphLaunch(executable, stream));
        Ok(Api.GraphExecDestroy(executable));
        Fails(CudaResult.InvalidHandle, Api.GraphLaunch(executable, stream));
        Ok(Api.StreamSynchronize(stream));
        Assert.That(Download<int>(x, 1)[0], Is.EqualTo(1), "a launch in flight outlives the handle");
    }

    private static CuGraph CaptureFills(CuStream stream, ulong address, int fills, uint value)
    {
        Ok(Api.StreamBeginCapture(stream, CudaCaptureMode.Global));
        for (int i = 0; i < fills; i++)
        {
            Ok(Api.MemsetD32Async(address, value, 1, stream));
        }

        CuGraph graph;
        Ok(Api.StreamEndCapture(stream, &graph));
        return graph;
    }
}
