using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Tensors;
using WrnEngine.Tests.Kernels;

namespace WrnEngine.Tests.Engine.Devices.Cuda;

public sealed unsafe class PinnedBufferTests : SimulatedDeviceFixture
{
    /// <summary>The simulator does an asynchronous copy when something waits for it, so what is not waited for shows.</summary>
    [Test]
    public void CopiesRunWhenTheyAreWaitedFor()
    {
        float[] values = [1, 2, 3, 4, 5];
        using var buffer = new PinnedBuffer(Device.Context, 4 * values.Length + 3);
        Assert.That(buffer.SizeInBytes, Is.EqualTo(23));
        Assert.That(buffer.As<float>().Length, Is.EqualTo(5));
        buffer.Bytes.Fill(0xFF);
        Tensor tensor = Tensor.From(values, [5], Device);
        CudaApi api = Device.Context.Api;
        api.Check(api.MemcpyDtoHAsync((void*)buffer.Address, (ulong)tensor.Address, 20, Device.Context.Stream), "cuMemcpyDtoHAsync");
        Assert.That(float.IsNaN(buffer.As<float>()[0]), Is.True, "nothing has waited yet");
        Device.Synchronize();
        Assert.That(buffer.As<float>().ToArray(), Is.EqualTo(values));
        Assert.That(buffer.Bytes[22], Is.EqualTo(0xFF));

        buffer.As<float>()[4] = 50;
        api.Check(api.MemcpyHtoDAsync((ulong)tensor.Address, (void*)buffer.Address, 20, Device.Context.Stream), "cuMemcpyHtoDAsync");
        buffer.As<float>()[3] = 40; // the copy reads when it runs
        Assert.That(tensor.ToArray<float>(), Is.EqualTo(new float[] { 1, 2, 3, 40, 50 }));
    }

#pragma warning disable IDISP001, IDISP016, IDISP017 // what becomes of a buffer that is disposed, and how disposing fails, is what these tests are about
    [Test]
    public void GivenBackIsGone()
    {
        var buffer = new PinnedBuffer(Device.Context, 16);
        buffer.Dispose();
        buffer.Dispose();
        Assert.That(() => buffer.Address, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => buffer.Bytes.Length, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => new PinnedBuffer(Device.Context, 0).Dispose(), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void RefusalsNameTheCall()
    {
        SimulatorDriver.Intercept = entry => entry == "cuMemHostAlloc" ? CudaResult.OutOfMemory : CudaResult.Success;
        Assert.That(
            () => new PinnedBuffer(Device.Context, 4096).Dispose(),
            Throws.TypeOf<CudaException>().With.Message.EqualTo("cuMemHostAlloc(4096 bytes) failed with CUDA_ERROR_OUT_OF_MEMORY (2): out of memory."));
        SimulatorDriver.Intercept = null;
        var buffer = new PinnedBuffer(Device.Context, 16);
        SimulatorDriver.Intercept = entry => entry == "cuMemFreeHost" ? CudaResult.InvalidValue : CudaResult.Success;
        Assert.That(buffer.Dispose, Throws.TypeOf<CudaException>().With.Message.StartsWith("cuMemFreeHost failed with CUDA_ERROR_INVALID_VALUE (1)"));
        SimulatorDriver.Intercept = null;
    }
#pragma warning restore IDISP001, IDISP016, IDISP017
}
