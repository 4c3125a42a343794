using WrnEngine.Devices;
using WrnEngine.Kernels;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Kernels.Simulator.Metrics;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Kernels;

/// <summary>What the tensor-core kernels do to memory, by the simulator's counters, where no tile has a tail.</summary>
[TestFixture]
public sealed class Conv2dTensorMetricsTests : TensorCoreFixture
{
    [Test]
    public void NoBankConflictsFullSectorsTwoBlocksPerMultiprocessor([Values] TensorCoreType type, [Values(32, 64, 128, 160)] int width)
    {
        var s = new Conv2dShape(2, width, 8, 8, width, 3, 3, 1, 1, 1, 1);
        var data = TestData.For("metrics");
        RefArray x = Exact(data, [s.N, s.InChannels, s.H, s.W]), weight = Exact(data, [s.OutChannels, s.InChannels, 3, 3]), ones = data.Normal([width]);
        nint devX = Upload(type, x), devWeight = Upload(type, weight), channel = Upload(ones), y = Upload(type, x), gradWeight = Allocate(4L * weight.Count);
        nint first = Allocate(4 * width), second = Allocate(4 * width), scratch = Allocate(Conv2dTensorKernels.ForwardScratchBytes(Dimensions(s)));
        var kernels = new Conv2dTensorKernels(Context.Library, 1, width); // on one multiprocessor nothing is split
        Context.Synchronize();

        List<LaunchRecord> records = [];
        var options = SimulatorDriver.Options;
        SimulatorDriver.Options = options with { CollectMetrics = true, Checks = CheckKinds.None };
        SimulatorDriver.Launched += records.Add;
        try
        {
            kernels.Forward(Context.Stream, type, Dimensions(s), devX, devWeight, y);
            kernels.Forward(Context.Stream, type, Dimensions(s), devX, devWeight, y, new(channel, channel, true), new(devX, first, second), scratch);
            kernels.BackwardInput(Context.Stream, type, Dimensions(s), devX, devWeight, y, accumulate: false);
            kernels.BackwardInput(Context.Stream, type, Dimensions(s), devX, devWeight, y, accumulate: true, new(devX, channel, channel, channel, true, first, second), scratch);
            kernels.BackwardWeight(Context.Stream, type, Dimensions(s), devX, devX, gradWeight, accumulate: false);
            Context.Synchronize();
        }
        finally
        {
            SimulatorDriver.Launched -= records.Add;
            SimulatorDriver.Options = options;
        }

        foreach (var record in records.Where(r => r.Entry.Name.Contains("_128x", StringComparison.Ordinal)))
        {
            LaunchMetrics m = record.Result.Metrics!;
            double full = (m.GlobalBytesLoaded + m.GlobalBytesStored) / 32.0 / m.GlobalSectors;
            TestContext.Out.WriteLine(
                $"{record.Entry.Name}: {m.RegistersPerThread} registers, {m.SharedBytesPerBlock >> 10} KB, {m.SharedRequests} shared requests, "
                + $"{m.SharedBankConflicts} conflicts, {m.SectorsPerRequest:f2} sectors per request, {full:f3} full, "
                + $"{m.WarpInstructions / (double)m.InstructionsByClass["tensor"]:f1} instructions per mma");
            Assert.Multiple(() =>
            {
                Assert.That(m.SharedBankConflicts, Is.Zero, record.Entry.Name);
                // Every byte of every sector that is touched, but for a few sums per channel that do not begin at a sector.
                Assert.That(full, Is.GreaterThan(0.99), record.Entry.Name);
                // Two blocks: shared memory with the 1 KB that the device takes for itself. Registers are bounded by __launch_bounds__(256, 2), which keeps the
                // assembler at 128; the simulator's estimate knows neither that parameters are read from the constant bank nor rematerialisation.
                Assert.That(2 * (m.SharedBytesPerBlock + 1024), Is.LessThanOrEqualTo(164 << 10), record.Entry.Name);
                Assert.That(m.RegistersPerThread, Is.LessThanOrEqualTo(168), record.Entry.Name);
            });
        }

        string ptx = KernelLibrary.PtxOf("conv2d_tf32", 80) + KernelLibrary.PtxOf("conv2d_bf16", 80);
        Assert.That(ptx.Split(".minnctapersm 2").Length - 1, Is.EqualTo(24), "every kernel is bound to leave room for two blocks");
        Assert.That(ptx, Does.Not.Contain(".local"), "nothing lives in local memory");
    }
}
