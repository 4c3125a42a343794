using WrnEngine.Training.Simulation;

namespace WrnEngine.Training.Profiling;

/// <summary>What was measured of a network's training step.</summary>
/// <param name="Network">Its name.</param>
/// <param name="Batch">Images in a step.</param>
/// <param name="Device">The device, in a line.</param>
/// <param name="Steps">How many steps were measured.</param>
/// <param name="StepSeconds">Seconds of a step, the median.</param>
/// <param name="PeakBytes">The most bytes of tensors at a time.</param>
/// <param name="Rows">The ops, the longest first.</param>
/// <param name="Limits">What the machine can do; null on the simulator, whose time says nothing.</param>
/// <param name="Kernels">What the kernels did on the simulator, by name; empty elsewhere.</param>
internal sealed record Profile(
    string Network, int Batch, string Device, int Steps, double StepSeconds, long PeakBytes, IReadOnlyList<ProfileRow> Rows, ProfileLimits? Limits,
    IReadOnlyList<(string Kernel, OpCounts Counts)> Kernels)
{
    /// <summary>Seconds of all ops of a step.</summary>
    public double OpSeconds => Rows.Sum(r => r.Seconds);
}
