namespace WrnEngine.Training.Profiling;

/// <summary>All calls of an op on one shape in one part of the step.</summary>
/// <param name="Op">Name of the op.</param>
/// <param name="Phase">The part of the step.</param>
/// <param name="Detail">Shapes, and what was fused with it.</param>
/// <param name="Calls">Calls in a step.</param>
/// <param name="Seconds">Seconds of these calls in a step, the median over the steps.</param>
/// <param name="Flops">Floating-point operations of one call.</param>
/// <param name="Bytes">Bytes that one call reads and writes at least.</param>
/// <param name="LiveBytes">The most bytes of tensors that were there when one of the calls ended.</param>
internal sealed record ProfileRow(string Op, StepPhase Phase, string Detail, int Calls, double Seconds, double Flops, double Bytes, long LiveBytes)
{
    /// <summary>1e9 operations a second; 0 for what only moves data, or is over before the clock moves.</summary>
    public double GigaflopsPerSecond => Seconds > 0 ? 1e-9 * Flops * Calls / Seconds : 0;

    /// <summary>1e9 bytes a second.</summary>
    public double GigabytesPerSecond => Seconds > 0 ? 1e-9 * Bytes * Calls / Seconds : 0;

    /// <summary>Operations for each byte.</summary>
    public double Intensity => Bytes > 0 ? Flops / Bytes : 0;

    /// <summary>The speed as a share of what the roofline allows at this intensity; above 1 where tensors stay in caches or Winograd saves multiplications.</summary>
    public double RoofShare(ProfileLimits limits) => Flops > 0
        ? GigaflopsPerSecond / limits.GigaflopsAt(Intensity)
        : GigabytesPerSecond / limits.GigabytesPerSecond;

    /// <summary>A row for each op, shape and part of the step; the longest first.</summary>
    public static IReadOnlyList<ProfileRow> From(IReadOnlyList<OpCall> calls, int steps) =>
    [
        .. calls.GroupBy(c => (c.Op, c.Phase, c.Detail)).Select(g => new ProfileRow(
            g.Key.Op, g.Key.Phase, g.Key.Detail, g.Count() / steps, Summary.Of(g.GroupBy(c => c.Step).Select(s => s.Sum(c => c.Seconds))).Median, g.First().Flops, g.First().Bytes,
            g.Max(c => c.LiveBytes))).OrderByDescending(r => r.Seconds),
    ];
}
