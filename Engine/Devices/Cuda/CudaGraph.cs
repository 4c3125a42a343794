using WrnEngine.Kernels.Driver;

namespace WrnEngine.Devices.Cuda;

/// <summary>
/// What the stream of a device was given while it was captured, as one graph that is launched by one call. The kernels' arguments are in it as they were
/// then; the arena watches the places of the temporary buffers, and the optimizer its table.
/// </summary>
internal sealed unsafe class CudaGraph : RecordedWork
{
    private readonly CudaDevice _device;
    private readonly SlabPool _pool;
    private readonly PoolRegion _region;
    private readonly CuGraphExec _executable;
    private readonly int _table;
    private readonly long _temporaryBytes;
    private bool _disposed;

    private CudaGraph(CudaDevice device, SlabPool pool, PoolRegion region, CuGraphExec executable, long temporaryBytes) =>
        (_device, _pool, _region, _executable, _temporaryBytes, _table) = (device, pool, region, executable, temporaryBytes, device.OptimizerTable);

    /// <inheritdoc/>
    public override bool CanReplay => _region.IsFree && _table == _device.OptimizerTable;

    /// <summary>Captures what an action enqueues on a device's stream; null where it needs what only a run brings, see <see cref="Device.Record"/>.</summary>
    /// <param name="device">Whose stream; nothing is being captured.</param>
    /// <param name="pool">The arena's, which is told.</param>
    /// <param name="enqueue">The action.</param>
    public static CudaGraph? Record(CudaDevice device, SlabPool pool, Action enqueue)
    {
        var (api, stream) = (device.Context.Api, device.Context.Stream);
        // Other threads of the program, another device's among them, may go on as they please.
        api.Check(api.StreamBeginCapture(stream, CudaCaptureMode.ThreadLocal), "cuStreamBeginCapture");
        pool.StartRecording();
        CuGraph graph;
        CudaResult result;
        bool isRefused = false, isComplete = false;
        var memory = device.Memory;
        long live = memory.LiveBytes, peak = memory.PeakBytes, temporary;
        memory.ResetPeak();
        PoolRegion region;
        try
        {
            enqueue();
            isComplete = true;
        }
        catch (Exception e) when (e is RecordingRefusedException || IsLoad(e))
        {
            isRefused = true;
        }
        finally
        {
            // Also after a failure the stream has to be freed; what the driver says to that matters only where nothing went wrong before.
            region = pool.StopRecording();
            temporary = memory.PeakBytes - live;
            memory.RaisePeak(peak);
            result = api.StreamEndCapture(stream, &graph);
            if (!isComplete)
            {
                pool.Forget(region);
                if (result == CudaResult.Success) _ = api.GraphDestroy(graph);
            }
        }

        if (isRefused) return null;
        return Instantiate(device, pool, region, temporary, graph, result);
    }

    /// <summary>A kernel that was never launched before cannot be loaded during a capture; a run loads it.</summary>
    private static bool IsLoad(Exception e) =>
        e is CudaException { Result: CudaResult.StreamCaptureUnsupported } refused && refused.Call.StartsWith("cuModuleLoadData", StringComparison.Ordinal);

    private static CudaGraph Instantiate(
        CudaDevice device, SlabPool pool, PoolRegion region, long temporaryBytes, CuGraph graph, CudaResult endOfCapture)
    {
        var api = device.Context.Api;
        try
        {
            api.Check(endOfCapture, "cuStreamEndCapture");
            CuGraphExec executable;
            var result = api.GraphInstantiateWithFlags(&executable, graph, 0);
            var destroyed = api.GraphDestroy(graph);
            api.Check(result, "cuGraphInstantiateWithFlags");
            if (destroyed != CudaResult.Success) _ = api.GraphExecDestroy(executable);
            api.Check(destroyed, "cuGraphDestroy");
            return new CudaGraph(device, pool, region, executable, temporaryBytes);
        }
        catch
        {
            pool.Forget(region);
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Replay()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _device.Memory.RaisePeak(_device.Memory.LiveBytes + _temporaryBytes);
        _device.Context.Api.Check(_device.Context.Api.GraphLaunch(_executable, _device.Context.Stream), "cuGraphLaunch");
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        if (_disposed) return;
        _disposed = true;
        _pool.Forget(_region);
        if (_device.Context.IsDisposed) return; // it went with the context
        var errors = new ReleaseErrors(_device.Context.Api);
        errors.Run(_device.Context.MakeCurrent);
        errors.Note(_device.Context.Api.GraphExecDestroy(_executable), "cuGraphExecDestroy");
        errors.Throw();
    }
}
