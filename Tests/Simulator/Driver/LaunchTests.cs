using System.Text;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;

namespace WrnEngine.Tests.Simulator.Driver;

/// <summary>Modules, launches, and the errors that a launch can end in.</summary>
public sealed unsafe class LaunchTests : DriverFixture
{
    [Test]
    public void KernelRunsOnEveryThread()
    {
        CuFunction affine = Kernel("affine_f32");
        float[] values = [.. Enumerable.Range(0, 1000).Select(static i => (float)i)];
        ulong x = Alloc(4000);
        Upload<float>(x, values);
        var args = new TestKernels.AffineArgs { X = x, Factor = 2, Addend = 0.5f, Count = 999 };
        Api.Launch(affine, 8, 128, 0, default, in args);
        float[] seen = Download<float>(x, 1000);
        Assert.That(seen.Take(999), Is.EqualTo(values.Take(999).Select(static value => value * 2 + 0.5f)));
        Assert.That(seen[999], Is.EqualTo(999f), "beyond the count");
    }

    [Test]
    public void ParametersMayComeOneByOne()
    {
        CuFunction function = Kernel("two_params");
        ulong x = Alloc(4);
        int value = 77;
        void** parameters = stackalloc void*[2];
        parameters[0] = &x;
        parameters[1] = &value;
        Ok(Api.LaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, default, parameters, null));
        Assert.That(Download<int>(x, 1)[0], Is.EqualTo(77));
        Fails(CudaResult.InvalidValue, Api.LaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, default, null, null));
    }

    [Test]
    public void BlockOfAnotherSizeIsTooManyResources()
    {
        // {u64, u32} is 12 bytes to the driver and 16 to C#: the classic way to meet error 701.
        CuFunction function = Kernel("two_params");
        var padded = new TestKernels.PokeArgs { Address = Alloc(4), Value = 1 };
        Fails(CudaResult.LaunchOutOfResources, Api.TryLaunch(function, 1, 1, 0, default, in padded));
        Fails(CudaResult.LaunchOutOfResources, Api.TryLaunch(Kernel("affine_f32"), 1, 1, 0, default, in padded));
        Ok(Api.TryLaunch(Kernel("poke_u32"), 1, 1, 0, default, in padded));
        Ok(Api.CtxSynchronize());
    }

    [Test]
    public void ShapesThatDoNotFitAreRefused()
    {
        CuFunction poke = Kernel("poke_u32");
        CuFunction bounded = Kernel("bounded");
        var args = new TestKernels.PokeArgs { Address = Alloc(4) };
        Fails(CudaResult.InvalidValue, Api.TryLaunch(poke, 0, 1, 0, default, in args));
        Fails(CudaResult.InvalidValue, Api.TryLaunch(poke, 1, new(1, 0), 0, default, in args));
        Fails(CudaResult.InvalidValue, Api.TryLaunch(poke, 1, 1025, 0, default, in args));
        Fails(CudaResult.InvalidValue, Api.TryLaunch(poke, new(1, 65536), 1, 0, default, in args));
        Fails(CudaResult.InvalidValue, Api.TryLaunch(poke, 1, new(1, 1, 65), 0, default, in args));
        Fails(CudaResult.InvalidValue, Api.TryLaunch(poke, 1, 1, 49153, default, in args));
        Fails(CudaResult.InvalidHandle, Api.TryLaunch(default, 1, 1, 0, default, in args));
        Fails(CudaResult.InvalidHandle, Api.TryLaunch(poke, 1, 1, 0, new(4242), in args));
        Fails(CudaResult.LaunchOutOfResources, Api.LaunchKernel(bounded, 1, 1, 1, 256, 1, 1, 0, default, null, null));
        Ok(Api.LaunchKernel(bounded, 1, 1, 1, 128, 1, 1, 0, default, null, null));
    }

    [Test]
    public void MoreSharedMemoryHasToBeAskedFor()
    {
        CuFunction bounded = Kernel("bounded");
        int value;
        Ok(Api.FuncGetAttribute(&value, CudaFunctionAttribute.SharedSizeBytes, bounded));
        Assert.That(value, Is.EqualTo(2048));
        Ok(Api.FuncGetAttribute(&value, CudaFunctionAttribute.MaxThreadsPerBlock, bounded));
        Assert.That(value, Is.EqualTo(128));
        Ok(Api.FuncGetAttribute(&value, CudaFunctionAttribute.MaxDynamicSharedSizeBytes, bounded));
        Assert.That(value, Is.EqualTo(49152 - 2048));
        Fails(CudaResult.InvalidValue, Api.LaunchKernel(bounded, 1, 1, 1, 32, 1, 1, 50000, default, null, null));
        Fails(CudaResult.InvalidValue, Api.FuncSetAttribute(bounded, CudaFunctionAttribute.MaxDynamicSharedSizeBytes, 166912));
        Ok(Api.FuncSetAttribute(bounded, CudaFunctionAttribute.MaxDynamicSharedSizeBytes, 166912 - 2048));
        Ok(Api.LaunchKernel(bounded, 1, 1, 1, 32, 1, 1, 50000, default, null, null));
        Fails(CudaResult.InvalidValue, Api.FuncSetAttribute(bounded, CudaFunctionAttribute.NumRegs, 4));
        Fails(CudaResult.InvalidValue, Api.FuncGetAttribute(&value, (CudaFunctionAttribute)99, bounded));
        Ok(Api.FuncGetAttribute(&value, CudaFunctionAttribute.PtxVersion, bounded));
        Assert.That(value, Is.EqualTo(75));
        Ok(Api.FuncGetAttribute(&value, CudaFunctionAttribute.BinaryVersion, bounded));
        Assert.That(value, Is.EqualTo(80));
    }

    [Test]
    public void FaultSticksUntilTheContextIsReset()
    {
        CuFunction poke = Kernel("poke_u32");
        var args = new TestKernels.PokeArgs { Address = 0x10, Value = 1 };
        ulong address;
        Ok(Api.TryLaunch(poke, 1, 1, 0, default, in args));
        Fails(CudaResult.IllegalAddress, Api.CtxSynchronize());
        Fails(CudaResult.IllegalAddress, Api.MemAlloc(&address, 4));
        Fails(CudaResult.IllegalAddress, Api.StreamSynchronize(default));
        Fails(CudaResult.IllegalAddress, Api.TryLaunch(poke, 1, 1, 0, default, in args));
        Assert.That(SimulatorDriver.LastFault, Does.Contain("poke_u32"));
        byte* text;
        Ok(Api.GetErrorString(CudaResult.IllegalAddress, &text));
        Assert.That(Text(text), Does.StartWith("an illegal memory access was encountered").And.Contain("poke_u32"), "the text says which kernel");

        CuContext context;
        Ok(Api.DevicePrimaryCtxReset(0));
        Fails(CudaResult.ContextIsDestroyed, Api.MemAlloc(&address, 4));
        Ok(Api.DevicePrimaryCtxRetain(&context, 0));
        Ok(Api.CtxSetCurrent(context));
        Ok(Api.MemAlloc(&address, 4));
        Fails(CudaResult.InvalidHandle, Api.TryLaunch(poke, 1, 1, 0, default, in args));
    }

    [Test]
    public void MisalignedStoreIsItsOwnError()
    {
        var args = new TestKernels.PokeArgs { Address = Alloc(8) + 2, Value = 1 };
        Ok(Api.TryLaunch(Kernel("poke_u32"), 1, 1, 0, default, in args));
        Fails(CudaResult.MisalignedAddress, Api.CtxSynchronize());
    }

    [Test]
    public void EndlessLoopEnds()
    {
        SimulatorDriver.Options = Options with { StepLimit = 10_000 };
        var args = new TestKernels.PokeArgs();
        Ok(Api.TryLaunch(Kernel("spin"), 1, 32, 0, default, in args));
        Fails(CudaResult.LaunchTimeout, Api.CtxSynchronize());
        Assert.That(SimulatorDriver.LastFault, Does.Contain("spin"));
    }

    [Test]
    public void ModuleVariablesHaveAddresses()
    {
        CuModule module = Load(TestKernels.Ptx);
        CuFunction count = Function(module, "count_up");
        ulong address;
        nuint bytes;
        fixed (byte* name = "counter\0"u8)
        {
            Ok(Api.ModuleGetGlobal(&address, &bytes, module, name));
        }

        Assert.That((int)bytes, Is.EqualTo(4));
        Ok(Api.LaunchKernel(count, 1, 1, 1, 1, 1, 1, 0, default, null, null));
        Assert.That(Download<int>(address, 1)[0], Is.EqualTo(6));
        Upload<int>(address, [40]);
        Ok(Api.LaunchKernel(count, 1, 1, 1, 1, 1, 1, 0, default, null, null));
        Assert.That(Download<int>(address, 1)[0], Is.EqualTo(41));
        fixed (byte* name = "nothing\0"u8)
        {
            CuFunction function;
            Fails(CudaResult.NotFound, Api.ModuleGetGlobal(&address, &bytes, module, name));
            Fails(CudaResult.NotFound, Api.ModuleGetFunction(&function, module, name));
        }

        Ok(Api.ModuleUnload(module));
        Fails(CudaResult.InvalidHandle, Api.ModuleUnload(module));
        Fails(CudaResult.InvalidHandle, Api.LaunchKernel(count, 1, 1, 1, 1, 1, 1, 0, default, null, null));
    }

    [Test]
    public void BadImagesAreRefusedWithALog()
    {
        const int LogBytes = 512;
        byte* log = stackalloc byte[LogBytes];
        CudaJitOption* options = stackalloc[] { CudaJitOption.ErrorLogBuffer, CudaJitOption.ErrorLogBufferSizeBytes };
        void** values = stackalloc void*[2];
        CuModule module;
        fixed (byte* image = Encoding.UTF8.GetBytes(TestKernels.Ptx.Replace("fma.rn.f32", "frob.rn.f32", StringComparison.Ordinal) + "\0"))
        {
            values[0] = log;
            values[1] = (void*)LogBytes;
            Fails(CudaResult.InvalidPtx, Api.ModuleLoadDataEx(&module, image, 2, options, values));
            Assert.That(Text(log), Does.Contain("frob").And.Contain(":27:"), "names line and token");
            Assert.That((long)values[1], Is.EqualTo(Text(log).Length));

            values[1] = (void*)8;
            Fails(CudaResult.InvalidPtx, Api.ModuleLoadDataEx(&module, image, 2, options, values));
            Assert.That(Text(log), Has.Length.EqualTo(7), "cut to the buffer");
        }

        fixed (byte* elf = "\u007fELF\u0001\0"u8)
        {
            Fails(CudaResult.NoBinaryForGpu, Api.ModuleLoadData(&module, elf));
        }

        Fails(CudaResult.InvalidValue, Api.ModuleLoadData(&module, null));
        fixed (byte* newer = Encoding.UTF8.GetBytes(TestKernels.Ptx.Replace("sm_75", "sm_90", StringComparison.Ordinal) + "\0"))
        {
            Fails(CudaResult.InvalidPtx, Api.ModuleLoadData(&module, newer));
        }
    }

    [Test]
    public void OccupancyFollowsTheLimits()
    {
        CuFunction bounded = Kernel("bounded");
        CuFunction poke = Kernel("poke_u32");
        int blocks, grid, block;
        Ok(Api.OccupancyMaxActiveBlocksPerMultiprocessor(&blocks, poke, 256, 0));
        Assert.That(blocks, Is.EqualTo(8), "2048 threads");
        Ok(Api.OccupancyMaxActiveBlocksPerMultiprocessor(&blocks, poke, 32, 0));
        Assert.That(blocks, Is.EqualTo(32), "32 blocks");
        Ok(Api.OccupancyMaxActiveBlocksPerMultiprocessor(&blocks, poke, 256, 40 << 10));
        Assert.That(blocks, Is.EqualTo(4), "164 KiB of shared memory, 1 KiB of it reserved per block");
        Ok(Api.OccupancyMaxActiveBlocksPerMultiprocessor(&blocks, bounded, 256, 0));
        Assert.That(blocks, Is.Zero, "above the launch bound");
        Fails(CudaResult.InvalidValue, Api.OccupancyMaxActiveBlocksPerMultiprocessor(&blocks, poke, 0, 0));
        Ok(Api.OccupancyMaxPotentialBlockSize(&grid, &block, poke, null, 0, 0));
        Assert.That((grid, block), Is.EqualTo((216, 1024)));
        Ok(Api.OccupancyMaxPotentialBlockSize(&grid, &block, bounded, null, 0, 0));
        Assert.That((grid, block), Is.EqualTo((16 * 108, 128)));
        Ok(Api.OccupancyMaxPotentialBlockSize(&grid, &block, poke, null, 0, 100));
        Assert.That(block, Is.LessThanOrEqualTo(100));
    }
}
