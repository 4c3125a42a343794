using System.Diagnostics;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Profiling;

/// <summary>
/// Another device, with a clock at every op: it computes what that one computes, by its memory and kernels, and keeps the time of each op
/// by shape. Every call waits for the device, so on one that works beside its host the sum is more than a step without the clock takes.
/// </summary>
public sealed class ProfiledDevice : WrappedDevice
{
    private readonly Dictionary<(string Op, string Detail), OpTiming> _timings = [];

    /// <summary>A clock around <paramref name="inner"/>, which stays the caller's.</summary>
    public ProfiledDevice(Device inner)
        : base(inner) => Optimizer = new TimedOptimizer(inner.Optimizer, this);

    /// <summary>After each op, when everything that it enqueued has run.</summary>
    public event Action<OpTiming>? Measured;

    /// <summary>What was timed since the last <see cref="Reset"/>, in the order of the first calls.</summary>
    public IReadOnlyCollection<OpTiming> Timings => _timings.Values;

    /// <inheritdoc/>
    public override IOptimizerOps Optimizer { get; }

    /// <summary>Forgets what was timed.</summary>
    public void Reset() => _timings.Clear();

    internal OpTiming TimingOf(string op, string detail, double flops, double bytes)
    {
        if (!_timings.TryGetValue((op, detail), out var timing)) _timings[(op, detail)] = timing = new OpTiming(op, detail, flops, bytes);
        return timing;
    }

    /// <summary>Ends an op that began at <paramref name="start"/>.</summary>
    internal void Finish(OpTiming timing, long start)
    {
        Synchronize();
        timing.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        Measured?.Invoke(timing);
    }

    /// <inheritdoc/>
    protected internal override void Call(string op, object?[] arguments, Action compute)
    {
        var (detail, flops) = Describe(arguments);
        var timing = TimingOf(op, detail, flops, arguments.SelectMany(TensorsOf).Distinct().Sum(t => (double)t.SizeInBytes));
        long start = Stopwatch.GetTimestamp();
        compute();
        Finish(timing, start);
    }

    private static (string Detail, double Flops) Describe(object?[] arguments)
    {
        if (arguments.OfType<Conv2dShape>().FirstOrDefault() is { N: > 0 } s)
        {
            string stride = s.StrideH > 1 ? $" /{s.StrideH}" : "", fused = string.Concat(arguments.Select(Fused));
            return ($"{s.InChannels} -> {s.OutChannels}, {s.KernelH}x{s.KernelW}{stride}, {s.OutH}x{s.OutW}{fused}", 2.0 * s.Macs);
        }

        var largest = arguments.SelectMany(TensorsOf).MaxBy(t => t.Numel);
        return (largest?.Shape.ToString() ?? "", 0);
    }

    private static string Fused(object? argument) => argument switch
    {
        ConvPrologue { IsNone: false } => " +norm",
        ConvEpilogue e => (e.Residual is null ? "" : " +add") + (e.Moments is null ? "" : " +moments"),
        ConvBackwardEpilogue { IsNone: false } => " +mask +sums",
        _ => "",
    };

    private static IEnumerable<Tensor> TensorsOf(object? argument) => argument switch
    {
        Tensor t => [t],
        IEnumerable<Tensor> many => many,
        ConvEpilogue { Residual: { } residual } => [residual],
        ConvBackwardEpilogue { X: { } x } => [x],
        _ => [],
    };
}
