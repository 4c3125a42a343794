using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Driver;

namespace WrnEngine.Tests.Simulator.Driver;

public sealed unsafe class MemoryTests : DriverFixture
{
    [Test]
    public void BytesComeBackAsTheyWent()
    {
        ulong a = Alloc(400);
        ulong b = Alloc(400);
        int[] values = [.. Enumerable.Range(0, 100)];
        Upload<int>(a, values);
        Ok(Api.MemcpyDtoD(b, a, 400));
        Assert.That(Download<int>(b, 100), Is.EqualTo(values));
        Ok(Api.MemsetD32(b + 4, 0xFFFFFFFF, 2));
        Ok(Api.MemsetD8(b + 396, 7, 4));
        int[] seen = Download<int>(b, 100);
        Assert.That((seen[0], seen[1], seen[2], seen[3], seen[99]), Is.EqualTo((0, -1, -1, 3, 0x07070707)));
    }

    [Test]
    public void AllocationRules()
    {
        ulong address;
        Fails(CudaResult.InvalidValue, Api.MemAlloc(&address, 0));
        Fails(CudaResult.InvalidValue, Api.MemAlloc(null, 4));
        Fails(CudaResult.OutOfMemory, Api.MemAlloc(&address, 1 << 30));
        Fails(CudaResult.OutOfMemory, Api.MemAlloc(&address, nuint.MaxValue));
        address = Alloc(100);
        Assert.That(address % 256, Is.Zero);
        Fails(CudaResult.InvalidValue, Api.MemFree(address + 4));
        Ok(Api.MemFree(address));
        Fails(CudaResult.InvalidValue, Api.MemFree(address));
        Ok(Api.MemFree(0));
    }

    [Test]
    public void CopiesStayInsideOneAllocation()
    {
        ulong address = Alloc(100);
        byte* host = stackalloc byte[256];
        Fails(CudaResult.InvalidValue, Api.MemcpyHtoD(address, host, 101));
        Fails(CudaResult.InvalidValue, Api.MemcpyDtoH(host, address + 50, 51));
        Fails(CudaResult.InvalidValue, Api.MemcpyHtoD(0x1234, host, 4));
        Fails(CudaResult.InvalidValue, Api.MemcpyHtoD(address, null, 4));
        Fails(CudaResult.InvalidValue, Api.MemsetD32(address + 2, 0, 1));
        Fails(CudaResult.InvalidValue, Api.MemsetD8(address, 0, 101));
        Ok(Api.MemcpyHtoD(address, host, 0));
        Ok(Api.MemcpyHtoD(address, host, 100));
    }

    [Test]
    public void InfoAndRangesAddUp()
    {
        nuint free, total, after, bytes;
        ulong start;
        Ok(Api.MemGetInfo(&free, &total));
        Assert.That((long)total, Is.EqualTo(64 << 20));
        ulong address = Alloc(1000);
        int* pinned = AllocPinned(1000);
        Ok(Api.MemGetInfo(&after, &total));
        Assert.That((long)(free - after), Is.EqualTo(1000), "pinned memory is not the device's");
        Ok(Api.MemGetAddressRange(&start, &bytes, address + 999));
        Assert.That((start, (long)bytes), Is.EqualTo((address, 1000L)));
        Fails(CudaResult.NotFound, Api.MemGetAddressRange(&start, &bytes, address + 1000));
        Ok(Api.MemFreeHost(pinned));
    }

    [Test]
    public void PinnedMemoryRules()
    {
        void* host;
        ulong device;
        Fails(CudaResult.InvalidValue, Api.MemHostAlloc(&host, 0, CudaHostAllocFlags.None));
        Fails(CudaResult.InvalidValue, Api.MemHostAlloc(&host, 16, (CudaHostAllocFlags)64));
        int* pinned = AllocPinned(4);
        Ok(Api.MemHostGetDevicePointer(&device, pinned + 1, 0));
        pinned[1] = 42;
        Assert.That(Download<int>(device, 1)[0], Is.EqualTo(42), "host and device see the same bytes");
        Fails(CudaResult.InvalidValue, Api.MemFree(device - 4));
        Fails(CudaResult.InvalidValue, Api.MemFreeHost(pinned + 1));
        Ok(Api.MemFreeHost(pinned));
        Fails(CudaResult.InvalidValue, Api.MemFreeHost(pinned));

        int* own = stackalloc int[8];
        Ok(Api.MemHostRegister(own, 32, CudaHostRegisterFlags.None));
        Fails(CudaResult.HostMemoryAlreadyRegistered, Api.MemHostRegister(own + 4, 32, CudaHostRegisterFlags.None));
        Fails(CudaResult.NotSupported, Api.MemHostGetDevicePointer(&device, own, 0));
        Ok(Api.MemHostUnregister(own));
        Fails(CudaResult.HostMemoryNotRegistered, Api.MemHostUnregister(own));
    }

    [Test]
    public void MemcheckReportsDoubleFreesAndLeaks()
    {
        SimulatorDriver.Options = Options with { Checks = CheckKinds.Memcheck };
        ulong freed = Alloc(16);
        ulong leaked = Alloc(24);
        Ok(Api.MemFree(freed));
        Fails(CudaResult.InvalidValue, Api.MemFree(freed));
        Ok(Api.DevicePrimaryCtxRelease(0));
        Assert.That(SimulatorDriver.Findings, Has.Count.EqualTo(2));
        Assert.That(SimulatorDriver.Findings[0].Message, Does.Contain("double free"));
        Assert.That(SimulatorDriver.Findings[1].Message, Does.Contain("leak of 24 bytes"));
        Assert.That(SimulatorDriver.Findings[1].Address, Is.EqualTo(leaked));
    }
}
