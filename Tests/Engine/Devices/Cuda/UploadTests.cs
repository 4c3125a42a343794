using System.Runtime.InteropServices;
using WrnEngine.Devices;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Engine.Devices.Cuda;

/// <summary>The host runs ahead of the device by many copies: none is lost, and none is of a later step.</summary>
[Category("Kernels")]
[NonParallelizable]
public class UploadTests
{
    private const int Small = 3, Large = 20_000;

    [TearDown]
    public void Reset() => SimulatorDriver.Reset();

    /// <param name="words">Of the tensor.</param>
    /// <param name="seed">0: nothing runs before somebody waits for it. Else what is not ordered runs in any order.</param>
    /// <param name="waits">Calls that wait for the device, all of them for copies of long ago.</param>
    [TestCase(Small, 0, 150 / 32)]
    [TestCase(Small, 3, 150 / 32)]
    [TestCase(Large, 0, 150)]
    [TestCase(Large, 3, 150)]
    [TestCase(Large, 4, 150)]
    public void CopiesArriveInOrder(int words, int seed, int waits)
    {
        const int Count = 150;
        SimulatorDriver.Reset(new SimulatorDriverOptions { Seed = seed });
        using var device = new CudaDevice(SimulatorDriver.Table, "ptxsim", options: new CudaOptions { Arena = ArenaMode.Pooled });
        using var scope = new StepScope();
        var target = Tensor.Empty([words], device, DType.Int32);
        var seen = Enumerable.Range(0, Count).Select(_ => Tensor.Empty([words], device, DType.Int32)).ToArray();
        using var upload = device.CreateUpload(target);
        int waited = 0;
        SimulatorDriver.Intercept = call =>
        {
            if (call.Contains("Synchronize", StringComparison.Ordinal)) waited++;
            return CudaResult.Success;
        };
        int[] values = new int[words];
        for (int i = 0; i < Count; i++)
        {
            Array.Fill(values, i);
            upload.Send(MemoryMarshal.AsBytes(values.AsSpan()));
            device.Copy(target, seen[i]);
        }

        SimulatorDriver.Intercept = null;
        Assert.That(waited, Is.EqualTo(waits));
        for (int i = 0; i < Count; i++)
        {
            int[] arrived = seen[i].ToArray<int>();
            Assert.That((arrived.Min(), arrived.Max()), Is.EqualTo((i, i)));
        }
    }

    /// <summary>The second buffer on the device may have served a kernel that has not run yet.</summary>
    [Test]
    public void MemoryOfWorkThatIsOutstandingIsNotWritten([Values(0, 1, 2, 3, 4)] int seed)
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions { Seed = seed });
        using var device = new CudaDevice(SimulatorDriver.Table, "ptxsim", options: new CudaOptions { Arena = ArenaMode.Pooled });
        using var scope = new StepScope();
        var target = Tensor.Empty([Large], device, DType.Int32);
        var kept = Tensor.Empty([Large], device);
        var earlier = Tensor.Full([Large], 5, device);
        device.Copy(earlier, kept);
        earlier.Release();
        using var upload = device.CreateUpload(target);
        upload.Send(new byte[sizeof(int) * Large]);
        Assert.That(kept.ToArray<float>(), Is.All.EqualTo(5));
        Assert.That(target.ToArray<int>(), Is.All.Zero);
    }

    [TestCase(Small)]
    [TestCase(Large)]
    public void WhatDoesNotFitIsRefused(int words)
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions());
        using var device = new CudaDevice(SimulatorDriver.Table, "ptxsim");
        using var scope = new StepScope();
        using var upload = device.CreateUpload(Tensor.Empty([words], device, DType.Int32));
        Assert.That(() => upload.Send(new byte[sizeof(int) * words + 1]), Throws.ArgumentException.With.Message.Contains($"{4 * words + 1} bytes"));
        if (device.Memory.ReservedBytes > 0)
            Assert.That(() => device.Record(() => upload.Send([1])), Throws.InvalidOperationException.With.Message.Contains("copied from the host's memory"));
    }

    /// <summary>A refusal of any call on the way leaves nothing behind.</summary>
    [TestCase(Small, "cuMemHostAlloc", 1)]
    [TestCase(Small, "cuEventCreate", 2)]
    [TestCase(Large, "cuMemHostAlloc", 2)]
    [TestCase(Large, "cuEventCreate", 3)]
    [TestCase(Large, "cuStreamCreate", 1)]
    [TestCase(Large, "cuEventRecord", 1)]
    public void ARefusalLeavesNothingBehind(int words, string call, int which)
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions());
        using var device = new CudaDevice(SimulatorDriver.Table, "ptxsim");
        using var scope = new StepScope();
        var target = Tensor.Empty([words], device, DType.Int32);
        int live = device.Memory.LiveBuffers, balance = 0, count = 0;
        SimulatorDriver.Intercept = entry =>
        {
            if (entry == call && ++count == which) return CudaResult.OutOfMemory;
            if (entry is "cuMemHostAlloc" or "cuEventCreate" or "cuStreamCreate") balance++;
            if (entry is "cuMemFreeHost" or "cuEventDestroy" or "cuStreamDestroy") balance--;
            return CudaResult.Success;
        };
        Assert.That(() => device.CreateUpload(target).Dispose(), Throws.TypeOf<CudaException>().With.Message.Contains(call));
        Assert.That((balance, device.Memory.LiveBuffers), Is.EqualTo((0, live)));
        count = int.MinValue;
        device.CreateUpload(target).Dispose();
        SimulatorDriver.Intercept = null;
        Assert.That((balance, device.Memory.LiveBuffers), Is.EqualTo((0, live)));
    }
}
