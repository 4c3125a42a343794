namespace WrnEngine.Training.CommandLine;

/// <summary>What to measure.</summary>
internal static class BenchOptions
{
    /// <summary>Forward only.</summary>
    public static Setting<bool> Infer { get; } = new(
        "--infer", "", "measure the forward pass in evaluation mode instead of a training step", false, Read.Switch, "");

    /// <summary>How many measurements.</summary>
    public static Setting<int> Steps { get; } = new(
        "--steps", "N", "measured steps, after two unmeasured ones (three on cuda and ptxsim)", 10, Read.Int(1));

    /// <summary>Time by op.</summary>
    public static Setting<bool> Layers { get; } = new(
        "--layers", "", "print the time of each op and shape, with GFLOP/s, share of the processor's peak and GB/s", false, Read.Switch, "");

    /// <summary>Counts by op.</summary>
    public static Setting<bool> Metrics { get; } = new(
        "--metrics", "", "with --device ptxsim: print what the kernels of each op do (instructions, memory sectors, bank conflicts), next to what the op needs",
        false, Read.Switch, "");

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new("Measuring", Infer, Layers, Metrics, Steps);
}
