using WrnEngine.Kernels;
using WrnEngine.Kernels.Ladder;
using WrnEngine.Kernels.Simulator;
using WrnEngine.Kernels.Simulator.Machine;
using DriverDim3 = WrnEngine.Kernels.Driver.Dim3;

namespace WrnEngine.Tests.Kernels;

/// <summary>Runs rungs of the kernel ladders on a simulator of their own, as the PTX that ships.</summary>
internal static class LadderRuns
{
    public static (float[] Y, LaunchResult Result) Convolve(ConvRung rung, ConvLadderShape shape, float[] x, float[] weight, LaunchOptions options)
    {
        using var gpu = new PtxSimulator(options: options);
        using var module = gpu.Load(KernelLibrary.PtxOf(rung.Name, rung.Target), rung.Name);
        using var bufferX = gpu.Upload<float>(x);
        using var bufferWeight = gpu.Upload<float>(weight);
        using var y = gpu.Allocate<float>(shape.OutputCount);
        var args = new ConvLadderArgs((nint)bufferX.Address, (nint)bufferWeight.Address, (nint)y.Address, shape);
        var result = module.Launch(rung.Name, Convert(rung.Grid(shape)), Convert(ConvLadder.Block), LaunchArgument.Of(args));
        return (y.ToArray(), result);
    }

    /// <summary>The sum, and the result of each pass.</summary>
    public static (float Sum, List<LaunchResult> Results) Reduce(ReductionRung rung, float[] x, LaunchOptions options)
    {
        using var gpu = new PtxSimulator(options: options);
        using var module = gpu.Load(KernelLibrary.PtxOf(rung.Name, ReductionLadder.Target), rung.Name);
        var buffers = new List<SimulatorBuffer<float>> { gpu.Upload<float>(x) };
        var results = new List<LaunchResult>();
        foreach (var pass in rung.Passes(x.Length))
        {
            var partial = gpu.Allocate<float>((int)pass.Blocks);
            var args = new ReductionLadderArgs((nint)buffers[^1].Address, (nint)partial.Address, pass.Count);
            results.Add(module.Launch(rung.Name, Convert(pass.Blocks), Convert(ReductionLadder.Block), LaunchArgument.Of(args)));
            buffers.Add(partial);
        }
        float sum = buffers[^1].ToArray().Single();
        buffers.ForEach(b => b.Dispose());
        return (sum, results);
    }

    private static Dim3 Convert(DriverDim3 extents) => new((int)extents.X, (int)extents.Y, (int)extents.Z);
}
