using WrnEngine.Kernels.Driver;

namespace WrnEngine.Devices.Cuda.Libraries;

/// <summary>Times work on the device's stream, between two events: what the host does meanwhile counts only where the device waits for it.</summary>
internal sealed unsafe class OpTimer(CudaContext context)
{
    private const int WarmUps = 2, Samples = 5, RunsOfASample = 3;

    /// <summary>The median time of one run in milliseconds; null when the work says that it cannot be done.</summary>
    /// <param name="run">Enqueues the work; false when it cannot.</param>
    public double? Milliseconds(Func<bool> run)
    {
        for (int i = 0; i < WarmUps; i++)
            if (!run()) return null;
        var api = context.Api;
        var start = Event(api);
        try
        {
            var end = Event(api);
            try
            {
                var times = new float[Samples];
                foreach (ref float time in times.AsSpan())
                {
                    api.Check(api.EventRecord(start, context.Stream), "cuEventRecord");
                    for (int i = 0; i < RunsOfASample; i++) _ = run();
                    api.Check(api.EventRecord(end, context.Stream), "cuEventRecord");
                    api.Check(api.EventSynchronize(end), "cuEventSynchronize");
                    fixed (float* elapsed = &time) api.Check(api.EventElapsedTime(elapsed, start, end), "cuEventElapsedTime");
                }
                Array.Sort(times);
                return times[Samples / 2] / RunsOfASample;
            }
            finally
            {
                _ = api.EventDestroy(end);
            }
        }
        finally
        {
            _ = api.EventDestroy(start);
        }
    }

    private CuEvent Event(CudaApi api)
    {
        CuEvent created;
        context.MakeCurrent();
        api.Check(api.EventCreate(&created, CudaEventFlags.Default), "cuEventCreate");
        return created;
    }
}
