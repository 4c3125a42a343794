using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;

namespace WrnEngine.Tests.Engine.Devices.Cuda;

/// <summary>
/// The simulator's table with calls that are counted and fail on demand. Kernels are not run, since nobody looks at what they compute: what the host does is
/// the same.
/// </summary>
internal static unsafe class FailingDriver
{
    private static readonly Dictionary<string, int> Counts = [];
    private static string _entry = "";
    private static int _at;
    private static CudaResult _result;
    private static bool _breaksContext;
    private static bool _isBroken;

    /// <summary>How often each entry was called since <see cref="Start"/>.</summary>
    public static IReadOnlyDictionary<string, int> Calls => Counts;

    /// <summary>What there was when the context was given back.</summary>
    public static SimulatorCensus AtRelease { get; private set; }

    /// <summary>Begins anew.</summary>
    /// <param name="entry">The call that fails, by its documented name; empty for none.</param>
    /// <param name="at">At which call of it, from 1.</param>
    /// <param name="result">What it answers.</param>
    /// <param name="breaksContext">Everything that needs the context answers so from then on, as after a fault on the device.</param>
    public static CudaApi Start(string entry = "", int at = 0, CudaResult result = default, bool breaksContext = false)
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions());
        Counts.Clear();
        (_entry, _at, _result, _breaksContext, _isBroken, AtRelease) = (entry, at, result, breaksContext, false, default);
        CudaApi api = SimulatorDriver.Table.Clone();
        api.LaunchKernel = &LaunchKernel;
        api.StreamEndCapture = &StreamEndCapture;
        SimulatorDriver.Intercept = name => name == "cuStreamEndCapture" ? CudaResult.Success : Answer(name);
        return api;
    }

    private static CudaResult Answer(string name)
    {
        // The words of errors are asked for in between, and nobody counts on them.
        if (name is "cuGetErrorName" or "cuGetErrorString") return CudaResult.Success;
        if (name == "cuDevicePrimaryCtxRelease") AtRelease = SimulatorDriver.Census;
        int count = Counts[name] = Counts.GetValueOrDefault(name) + 1;
        if (_isBroken && name is not ("cuCtxSetCurrent" or "cuDevicePrimaryCtxRelease")) return _result;
        if (name != _entry || count != _at) return CudaResult.Success;
        _isBroken = _breaksContext;
        return _result;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult LaunchKernel(
        CuFunction function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint shared, CuStream stream, void** parameters, void** extra) =>
        Answer("cuLaunchKernel");

    // Also where it fails, the capture is over.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamEndCapture(CuStream stream, CuGraph* graph)
    {
        CudaResult injected = Answer("cuStreamEndCapture");
        CudaResult result = SimulatorDriver.Table.StreamEndCapture(stream, graph);
        if (injected == CudaResult.Success || result != CudaResult.Success) return injected == CudaResult.Success ? result : injected;
        _ = SimulatorDriver.Table.GraphDestroy(*graph);
        *graph = default;
        return injected;
    }
}
