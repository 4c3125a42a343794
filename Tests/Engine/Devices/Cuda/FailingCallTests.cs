using System.Runtime.InteropServices;
using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Models;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Engine.Devices.Cuda;

/// <summary>
/// Every driver call made to fail in turn: a device is opened, a network takes steps op by op and as a graph, results are read, and all is closed. The
/// exception names the call, the code and CUDA's text, and whatever fails, everything else is given back.
/// </summary>
[Category("Kernels")]
[NonParallelizable]
public sealed class FailingCallTests
{
    private const CudaResult Refusal = CudaResult.NotPermitted;

    // Each call that gives something back, with what is left when it is refused.
    private static readonly Dictionary<string, SimulatorCensus> KeptByRefusal = new()
    {
        ["cuMemFree"] = new SimulatorCensus { Allocations = 1 },
        ["cuMemFreeHost"] = new SimulatorCensus { PinnedBuffers = 1 },
        ["cuModuleUnload"] = new SimulatorCensus { Modules = 1 },
        ["cuStreamDestroy"] = new SimulatorCensus { Streams = 1 },
        ["cuEventDestroy"] = new SimulatorCensus { Events = 1 },
        ["cuGraphDestroy"] = new SimulatorCensus { Graphs = 1 },
        ["cuGraphExecDestroy"] = new SimulatorCensus { ExecutableGraphs = 1 },
    };

    [TearDown]
    public void End() => SimulatorDriver.Reset(new SimulatorDriverOptions());

    [Test]
    public void ARefusedCallIsNamedAndNothingLeaks()
    {
        var problems = new List<string>();
        foreach ((string entry, int calls) in CallsOfACleanRun())
        {
            foreach (int at in new[] { 1, calls }.Distinct())
            {
                Exception? thrown = RunWith(FailingDriver.Start(entry, at, Refusal));
                var left = FailingDriver.AtRelease with { ContextReferences = 0 };
                string what = $"{entry}, call {at} of {calls}";
                bool isNamed = thrown is CudaException { Result: Refusal } e && e.Call.StartsWith(entry, StringComparison.Ordinal)
                    && e.Message.StartsWith(entry, StringComparison.Ordinal)
                    && e.Message.Contains("failed with CUDA_ERROR_NOT_PERMITTED (800): not permitted", StringComparison.Ordinal);
                if (!isNamed) problems.Add($"{what}: {thrown?.Message ?? "nothing was thrown"}");
                if (left != KeptByRefusal.GetValueOrDefault(entry)) problems.Add($"{what}: left {left}");
                int references = SimulatorDriver.Census.ContextReferences;
                if (references != (entry == "cuDevicePrimaryCtxRelease" ? 1 : 0)) problems.Add($"{what}: {references} references to the context");
            }
        }

        Assert.That(problems, Is.Empty);
    }

    /// <summary>After a fault on the device every call answers with it: the first message stays, and closing is quiet.</summary>
    [Test]
    public void ABrokenContextHidesNothing()
    {
        var problems = new List<string>();
        foreach ((string entry, int calls) in CallsOfACleanRun())
        {
            if (entry is "cuInit" or "cuCtxSetCurrent" or "cuDevicePrimaryCtxRetain" or "cuDevicePrimaryCtxRelease" || entry.StartsWith("cuD", StringComparison.Ordinal)) continue;
            Exception? thrown = RunWith(FailingDriver.Start(entry, (calls + 1) / 2, CudaResult.LaunchFailed, breaksContext: true));
            // What only closing calls is no error any more: whoever waited for the kernel has reported the fault.
            bool isQuiet = KeptByRefusal.ContainsKey(entry);
            bool isNamed = thrown is CudaException { Result: CudaResult.LaunchFailed, IsSticky: true } e && e.Message.StartsWith(entry, StringComparison.Ordinal);
            if (!isNamed && !(isQuiet && thrown is null)) problems.Add($"{entry}: {thrown?.Message ?? "nothing was thrown"}");
            if (SimulatorDriver.Census.ContextReferences != 0) problems.Add($"{entry}: the context was kept");
        }

        Assert.That(problems, Is.Empty);
    }

    private static KeyValuePair<string, int>[] CallsOfACleanRun()
    {
        Exception? thrown = RunWith(FailingDriver.Start());
        Assert.That(thrown, Is.Null);
        Assert.That(FailingDriver.AtRelease, Is.EqualTo(new SimulatorCensus { ContextReferences = 1 }), "a clean run gives everything back");
        var calls = FailingDriver.Calls.ToArray();
        Assert.That(calls.Select(call => call.Key), Is.SupersetOf(new[]
        {
            "cuInit", "cuDeviceGet", "cuDevicePrimaryCtxRetain", "cuCtxSetCurrent", "cuStreamCreate", "cuModuleLoadDataEx", "cuModuleGetFunction", "cuLaunchKernel",
            "cuMemAlloc", "cuMemFree", "cuMemcpyHtoDAsync", "cuMemcpyDtoHAsync", "cuMemHostAlloc", "cuMemFreeHost", "cuStreamSynchronize", "cuEventCreate",
            "cuEventRecord", "cuEventSynchronize", "cuEventDestroy", "cuStreamBeginCapture", "cuStreamEndCapture", "cuGraphInstantiateWithFlags", "cuGraphLaunch",
            "cuGraphExecDestroy", "cuGraphDestroy", "cuModuleUnload", "cuStreamDestroy", "cuDevicePrimaryCtxRelease",
        }));
        return calls;
    }

    private static Exception? RunWith(CudaApi api)
    {
        try
        {
            Run(api);
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private static void Run(CudaApi api)
    {
        using var device = new CudaDevice(api, "cuda:0", options: new CudaOptions { Arena = ArenaMode.Pooled });
        using var pinned = new PinnedBuffer(device.Context, 64);
        using var model = new WideResNet(new WideResNetOptions(10, 1), device);
        using var optimizer = new Sgd(model.NamedParameters(), 0.1f, 0.9f, 5e-4f, dampening: 0, nesterov: true);
        const int UploadFloats = 22 * 3 * 16 * 16; // above the size from which an upload waits for the one before the last
        var images = Tensor.Zeros([2, 3, 8, 8], device);
        var labels = Tensor.From(new int[2], [2], device);
        using var upload = device.CreateUpload(Tensor.Zeros([UploadFloats], device));
        using var step = new ReplayedStep(device);
        for (int i = 0; i < ReplayedStep.EagerSteps + 2; i++)
        {
            upload.Send(MemoryMarshal.AsBytes<float>(new float[UploadFloats]));
            step.Run(() =>
            {
                using var scope = new StepScope();
                using var tape = new GradTape();
                optimizer.ZeroGrad();
                model.Forward(images).SoftmaxCrossEntropy(labels).Backward();
                optimizer.Step();
            });
        }

        Assert.That(step.WasReplayed, Is.True);
        _ = model.NamedParameters().First().Value.ToArray<float>();
        device.Synchronize();
    }
}
