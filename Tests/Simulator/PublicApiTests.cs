using WrnEngine.Kernels.Simulator;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;
using WrnEngine.Tests.Simulator.Driver;
using WrnEngine.Tests.Simulator.Support;

namespace WrnEngine.Tests.Simulator;

/// <summary>The few lines by which the package WrnEngine.Simulator is used.</summary>
[Category("Simulator")]
public class PublicApiTests
{
    private static readonly float[] Numbers = [1, 2, 3, 4];
    private static readonly float[] Scaled = [2.5f, 4.5f, 6.5f, 8.5f];

    [Test]
    public void LoadAllocateLaunchReadBack()
    {
        using var gpu = new PtxSimulator();
        using KernelModule module = gpu.Load(Simulation.Kernel(".param .u64 x, .param .u64 y, .param .f32 a, .param .u16 n", """
            ld.param.u64 %rd1, [x];
            ld.param.u64 %rd2, [y];
            ld.param.f32 %f1, [a];
            mov.u32 %r1, %tid.x;
            mul.wide.u32 %rd3, %r1, 4;
            add.s64 %rd1, %rd1, %rd3;
            add.s64 %rd2, %rd2, %rd3;
            ld.global.f32 %f2, [%rd1];
            fma.rn.f32 %f2, %f2, %f1, 0f3F000000;
            st.global.f32 [%rd2], %f2;
            ret;
            """).Replace("sm_90", "sm_80", StringComparison.Ordinal));
        using SimulatorBuffer<float> x = gpu.Upload<float>(Numbers);
        using SimulatorBuffer<float> y = gpu.Allocate<float>(4);
        LaunchResult result = module.Launch("k", new Dim3(1), new Dim3(4), x, y, 2f, LaunchArgument.Of((ushort)4));
        Assert.That(result.IsSuccess, Is.True, result.Message);
        Assert.That(result.Findings, Is.Empty);
        Assert.That(y.ToArray(), Is.EqualTo(Scaled));

        LaunchResult tooMany = module.Launch("k", new Dim3(1), new Dim3(5), x, y, 2f, LaunchArgument.Of((ushort)4));
        Assert.That(tooMany.Findings.Select(static finding => finding.Check), Does.Contain(CheckKinds.Memcheck));
    }

    [Test]
    public void WhatIsNotInitialisedIsFound()
    {
        using var gpu = new PtxSimulator();
        using KernelModule module = gpu.Load(TestKernels.Ptx);
        using SimulatorBuffer<float> x = gpu.Allocate<float>(4);
        LaunchResult result = module.Launch("affine_f32", new Dim3(1), new Dim3(32), LaunchArgument.Of(new TestKernels.AffineArgs { X = x.Address, Count = 4 }));
        Assert.That(result.Findings, Has.Count.EqualTo(1));
        Assert.That(result.Findings[0].Check, Is.EqualTo(CheckKinds.Initcheck));
    }

    [Test]
    public void MistakesAreNamed()
    {
        using var gpu = new PtxSimulator(SimulatedDeviceProperties.Sm75, new LaunchOptions { StepLimit = 1000 }, 1 << 24);
        using KernelModule module = gpu.Load(TestKernels.Ptx, "kernels.ptx");
        Assert.That(() => module.Launch("frob", new Dim3(1), new Dim3(1)), Throws.ArgumentException.With.Message.Contain("kernels.ptx has no kernel 'frob'; it has affine_f32"));
        Assert.That(() => module.Launch("two_params", new Dim3(1), new Dim3(1), 1), Throws.ArgumentException.With.Message.Contain("takes 2 parameters (.u64, .u32)"));
        Assert.That(() => module.Launch("two_params", new Dim3(1), new Dim3(1), 1, 2), Throws.ArgumentException.With.Message.Contain("Argument 1 of two_params has 4 bytes"));
        Assert.That(() => gpu.Allocate<double>(int.MaxValue), Throws.InstanceOf<OutOfMemoryException>().With.Message.Contain("are free"));
        Assert.That(() => gpu.Load(".version 7.5\n.target sm_90\n"), Throws.InstanceOf<PtxException>());
        Assert.That(module.Launch("two_params", new Dim3(1), new Dim3(1), 16UL, 1).Status, Is.EqualTo(LaunchStatus.IllegalAddress));
        using SimulatorBuffer<int> two = gpu.Allocate<int>(2);
        Assert.That(() => two.Write([1, 2, 3]), Throws.ArgumentException.With.Message.Contain("3 values do not fit"));
    }
}
