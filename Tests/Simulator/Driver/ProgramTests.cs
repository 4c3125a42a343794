using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;

namespace WrnEngine.Tests.Simulator.Driver;

/// <summary>
/// A small program as a user would write it against the driver API: two streams, events, pinned buffers, a captured step that is replayed,
/// an update of its parameters, timing. It knows the table and nothing of the simulator.
/// </summary>
[TestFixture(0)]
[TestFixture(7)]
[TestFixture(8)]
public sealed unsafe class ProgramTests(int seed) : DriverFixture
{
    private const int Count = 4096;

    protected override SimulatorDriverOptions Options => base.Options with { Seed = seed };

    [Test]
    public void AllocateCopyLoadLaunchTimeCaptureReplay()
    {
        CuFunction affine = Kernel("affine_f32");
        CuStream compute = Stream();
        CuStream input = Stream();
        CuEvent loaded = Event();
        CuEvent consumed = Event();
        CuEvent start = Event(CudaEventFlags.Default);
        CuEvent end = Event(CudaEventFlags.Default);
        ulong x = Alloc(Count * sizeof(float));
        ulong batch = Alloc(Count * sizeof(float));
        float* host = (float*)AllocPinned(Count);
        float* result = (float*)AllocPinned(Count);

        // Eager: a batch goes through the input stream, the compute stream waits for it.
        for (int step = 0; step < 3; step++)
        {
            Fill(host, step);
            Ok(Api.MemcpyHtoDAsync(batch, host, Count * sizeof(float), input));
            Ok(Api.EventRecord(loaded, input));
            Ok(Api.StreamWaitEvent(compute, loaded, 0));
            Step(affine, compute, x, batch, 2, 1);
            Ok(Api.MemcpyDtoHAsync(result, x, Count * sizeof(float), compute));
            Ok(Api.EventRecord(consumed, compute));
            Ok(Api.StreamWaitEvent(input, consumed, 0));
            Ok(Api.EventSynchronize(loaded));
            Ok(Api.StreamSynchronize(compute));
            Matches(result, step, 2, 1);
        }

        // Captured: fork to the input stream and back, then replay with other bytes in the same pinned buffer.
        CuGraph graph = Capture(affine, compute, input, loaded, consumed, x, batch, host, result, factor: 3, addend: 4);
        CuGraphExec executable;
        Ok(Api.GraphInstantiateWithFlags(&executable, graph, 0));
        Ok(Api.GraphDestroy(graph));
        Ok(Api.EventRecord(start, compute));
        for (int step = 10; step < 13; step++)
        {
            Fill(host, step);
            Ok(Api.GraphLaunch(executable, compute));
            Ok(Api.StreamSynchronize(compute));
            Matches(result, step, 3, 4);
        }

        Ok(Api.EventRecord(end, compute));
        Ok(Api.EventSynchronize(end));
        float milliseconds;
        Ok(Api.EventElapsedTime(&milliseconds, start, end));
        Assert.That(milliseconds, Is.Positive.And.LessThan(60_000));

        // The same topology with another learning rate, so to speak.
        graph = Capture(affine, compute, input, loaded, consumed, x, batch, host, result, factor: -1, addend: 0.5f);
        CudaGraphUpdateInfo info;
        Ok(Api.GraphExecUpdate(executable, graph, &info));
        Fill(host, 20);
        Ok(Api.GraphLaunch(executable, compute));
        Ok(Api.StreamSynchronize(compute));
        Matches(result, 20, -1, 0.5f);

        Ok(Api.GraphDestroy(graph));
        Ok(Api.GraphExecDestroy(executable));
        Ok(Api.MemFreeHost(host));
        Ok(Api.MemFreeHost(result));
        Ok(Api.MemFree(x));
        Ok(Api.MemFree(batch));
        nuint free, total;
        Ok(Api.MemGetInfo(&free, &total));
        Assert.That((long)(total - free), Is.LessThanOrEqualTo(4096), "nothing but the module's variable is left");
    }

    private static CuGraph Capture(
        CuFunction affine, CuStream compute, CuStream input, CuEvent fork, CuEvent join, ulong x, ulong batch, float* host, float* result,
        float factor, float addend)
    {
        Ok(Api.StreamBeginCapture(compute, CudaCaptureMode.Global));
        Ok(Api.EventRecord(fork, compute));
        Ok(Api.StreamWaitEvent(input, fork, 0));
        Ok(Api.MemcpyHtoDAsync(batch, host, Count * sizeof(float), input));
        Ok(Api.MemsetD32Async(x, 0, Count, compute));
        Ok(Api.EventRecord(join, input));
        Ok(Api.StreamWaitEvent(compute, join, 0));
        Step(affine, compute, x, batch, factor, addend);
        Ok(Api.MemcpyDtoHAsync(result, x, Count * sizeof(float), compute));
        CuGraph graph;
        Ok(Api.StreamEndCapture(compute, &graph));
        return graph;
    }

    private static void Step(CuFunction affine, CuStream stream, ulong x, ulong batch, float factor, float addend)
    {
        Ok(Api.MemcpyDtoDAsync(x, batch, Count * sizeof(float), stream));
        var args = new TestKernels.AffineArgs { X = x, Factor = factor, Addend = addend, Count = Count };
        Api.Launch(affine, Count / 256, 256, 0, stream, in args);
    }

    private static void Fill(float* host, int step)
    {
        for (int i = 0; i < Count; i++)
        {
            host[i] = step * 1000 + i;
        }
    }

    private static void Matches(float* result, int step, float factor, float addend)
    {
        for (int i = 0; i < Count; i++)
        {
            Assert.That(result[i], Is.EqualTo((step * 1000 + i) * factor + addend));
        }
    }
}
