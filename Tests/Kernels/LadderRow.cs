using WrnEngine.Kernels.Ladder;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Metrics;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Kernels;

/// <summary>What the simulator counts for one rung, all of its launches together, on the shape of the document's table.</summary>
internal sealed record LadderRow(string Name, IReadOnlyList<LaunchMetrics> Launches)
{
    /// <summary>The shape of the convolution table: a layer of WRN-16-2, one image.</summary>
    public static readonly ConvLadderShape ConvShape = new(1, 16, 16, 64, 64);

    /// <summary>The length of the reduction table.</summary>
    public const int ReductionCount = 1 << 20;

    public long WarpInstructions => Launches.Sum(m => m.WarpInstructions);

    public long Flops => Launches.Sum(m => m.Flops);

    public double FlopsPerWarpInstruction => (double)Flops / WarpInstructions;

    public double ActiveLanes => Launches.Sum(m => m.ThreadInstructions) / (32.0 * WarpInstructions);

    public long DivergentBranches => Launches.Sum(m => m.DivergentBranches);

    public long GlobalRequests => Launches.Sum(m => m.GlobalRequests);

    public long GlobalSectors => Launches.Sum(m => m.GlobalSectors);

    public double SectorsPerRequest => (double)GlobalSectors / GlobalRequests;

    public long SharedRequests => Launches.Sum(m => m.SharedRequests);

    public long BankConflicts => Launches.Sum(m => m.SharedBankConflicts);

    public double Intensity => Flops / (32.0 * GlobalSectors);

    public long Barriers => Launches.Sum(m => m.InstructionsByClass.GetValueOrDefault("barrier"));

    public int Registers => Launches[0].RegistersPerThread;

    public double Occupancy => Launches[0].TheoreticalOccupancy;

    public static LadderRow[] Convolution() =>
    [
        .. ConvLadder.Rungs.Select(rung =>
        {
            var data = TestData.For(rung.Name);
            float[] x = data.Normal([ConvShape.InputCount]).ToFloats(), weight = data.Normal([ConvShape.WeightCount]).ToFloats();
            return new LadderRow(rung.Name, [MetricsOf(LadderRuns.Convolve(rung, ConvShape, x, weight, Counting).Result)]);
        }),
    ];

    public static LadderRow[] Reduction()
    {
        float[] x = TestData.For(nameof(Reduction)).Uniform([ReductionCount], 0, 1).ToFloats();
        return [.. ReductionLadder.Rungs.Select(rung => new LadderRow(rung.Name, [.. LadderRuns.Reduce(rung, x, Counting).Results.Select(MetricsOf)]))];
    }

    private static LaunchOptions Counting => new() { CollectMetrics = true };

    private static LaunchMetrics MetricsOf(LaunchResult result)
    {
        Assert.That(result.IsSuccess, result.Message);
        return result.Metrics!;
    }
}
