using System.Diagnostics;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Profiling;

/// <summary>
/// Another device, with a clock at every op: it computes what that one computes, by its memory and kernels, and keeps the time of each op
/// by shape. Every call waits for the device, so on one that works beside its host the sum is more than a step without the clock takes.
/// </summary>
public sealed class ProfiledDevice : Device
{
    private readonly Device _inner;
    private readonly Dictionary<(string Op, string Detail), OpTiming> _timings = [];

    /// <summary>A clock around <paramref name="inner"/>, which stays the caller's.</summary>
    public ProfiledDevice(Device inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
        Elementwise = TimedFamily<IElementwiseOps>.Around(inner.Elementwise, this);
        MatMul = TimedFamily<IMatMulOps>.Around(inner.MatMul, this);
        Conv = TimedFamily<IConvOps>.Around(inner.Conv, this);
        Norm = TimedFamily<INormOps>.Around(inner.Norm, this);
        Pool = TimedFamily<IPoolOps>.Around(inner.Pool, this);
        Loss = TimedFamily<ILossOps>.Around(inner.Loss, this);
        Optimizer = new TimedOptimizer(inner.Optimizer, this);
        Data = TimedFamily<IDataOps>.Around(inner.Data, this);
    }

    /// <summary>After each op, when everything that it enqueued has run.</summary>
    public event Action<OpTiming>? Measured;

    /// <summary>What was timed since the last <see cref="Reset"/>, in the order of the first calls.</summary>
    public IReadOnlyCollection<OpTiming> Timings => _timings.Values;

    /// <inheritdoc/>
    public override string Name => _inner.Name;

    /// <inheritdoc/>
    public override string Description => _inner.Description;

    /// <inheritdoc/>
    public override bool FusesConvolutions => _inner.FusesConvolutions;

    /// <inheritdoc/>
    public override bool RunsAhead => _inner.RunsAhead;

    /// <inheritdoc/>
    public override bool Computes(DType dtype) => _inner.Computes(dtype);

    /// <inheritdoc/>
    public override DType ActivationType => _inner.ActivationType;

    /// <inheritdoc/>
    public override long ResidentBytes => _inner.ResidentBytes;

    /// <inheritdoc/>
    public override DeviceMemory Memory => _inner.Memory;

    /// <inheritdoc/>
    public override IElementwiseOps Elementwise { get; }

    /// <inheritdoc/>
    public override IMatMulOps MatMul { get; }

    /// <inheritdoc/>
    public override IConvOps Conv { get; }

    /// <inheritdoc/>
    public override INormOps Norm { get; }

    /// <inheritdoc/>
    public override IPoolOps Pool { get; }

    /// <inheritdoc/>
    public override ILossOps Loss { get; }

    /// <inheritdoc/>
    public override IOptimizerOps Optimizer { get; }

    /// <inheritdoc/>
    public override IDataOps Data { get; }

    /// <summary>Forgets what was timed.</summary>
    public void Reset() => _timings.Clear();

    /// <inheritdoc/>
    public override void FillBytes(Tensor target, byte value) => _inner.FillBytes(target, value);

    /// <inheritdoc/>
    public override void CopyFromHost(ReadOnlySpan<byte> source, Tensor target) => _inner.CopyFromHost(source, target);

    /// <inheritdoc/>
    public override void CopyToHost(Tensor source, Span<byte> target) => _inner.CopyToHost(source, target);

    /// <inheritdoc/>
    public override void Copy(Tensor source, Tensor target) => _inner.Copy(source, target);

    /// <inheritdoc/>
    public override void Synchronize() => _inner.Synchronize();

    internal OpTiming TimingOf(string op, object?[] arguments)
    {
        var (detail, flops) = Describe(arguments);
        return TimingOf(op, detail, flops, arguments.SelectMany(TensorsOf).Distinct().Sum(t => (double)t.SizeInBytes));
    }

    internal OpTiming TimingOf(string op, string detail, double flops, double bytes)
    {
        if (!_timings.TryGetValue((op, detail), out var timing)) _timings[(op, detail)] = timing = new OpTiming(op, detail, flops, bytes);
        return timing;
    }

    /// <summary>Ends an op that began at <paramref name="start"/>.</summary>
    internal void Finish(OpTiming timing, long start)
    {
        _inner.Synchronize();
        timing.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        Measured?.Invoke(timing);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // The device belongs to the caller.
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
