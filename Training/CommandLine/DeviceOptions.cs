using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Models;

namespace WrnEngine.Training.CommandLine;

/// <summary>Where and how to compute.</summary>
internal static class DeviceOptions
{
    /// <summary>Which device.</summary>
    public static Setting<string> Device { get; } = new(
        "--device", "NAME", "auto | cpu | cuda[:N] | ptxsim", "auto", DeviceChoice.ReadName);

    /// <summary>How many threads; 0 stands for every core.</summary>
    public static Setting<int> Threads { get; } = new(
        "--threads", "N", "threads of the cpu device; results do not depend on it", 0, Read.Int(1), "every core");

    /// <summary>How the cpu device convolves.</summary>
    public static Setting<string> CpuConv { get; } = new(
        "--cpu-conv", "HOW", "3x3 convolutions of the cpu device: winograd (fast, 5e-6 relative error) | direct | auto (by shape)",
        OptionName.Of(ConvAlgorithm.Auto), Read.OneOf(OptionName.All<ConvAlgorithm>()), isStored: true);

    /// <summary>Whether batch norms and additions stay ops of their own.</summary>
    public static Setting<bool> NoFuse { get; } = new(
        "--no-fuse", "", "keep batch norms and residual additions out of the convolutions beside them (slower, the same to rounding)", false, Read.Switch, "",
        isStored: true);

    /// <summary>Convolutions on tensor cores.</summary>
    public static Setting<bool> Tf32 { get; } = new(
        "--tf32", "", "convolve on tensor cores, factors rounded to 10 bits of mantissa (cuda and ptxsim)", false, Read.Switch, ""); // given again with --device when a run goes on

    /// <summary>Mixed precision.</summary>
    public static Setting<bool> Amp { get; } = new(
        "--amp", "", "mixed precision: activations and products in bf16, weights, statistics and sums in float32 (cuda and ptxsim)", false, Read.Switch, ""); // as --tf32

    /// <summary>Every kernel by itself.</summary>
    public static Setting<bool> NoGraph { get; } = new(
        "--no-graph", "", "launch each kernel of a training step by itself, instead of the whole step as one graph (cuda and ptxsim)", false, Read.Switch, "");

    /// <summary>Who convolves on a CUDA device; not stored, as --tf32.</summary>
    public static Setting<string> Conv { get; } = new(
        "--conv", "WHO", "convolutions and products on cuda: native (own kernels) | cudnn (and cuBLAS, where found) | auto (the faster, measured once per shape)",
        OptionName.Of(Implementation.Auto), Read.OneOf(OptionName.All<Implementation>()));

    /// <summary>Who normalises on a CUDA device; not stored, as --tf32.</summary>
    public static Setting<string> Norm { get; } = new(
        "--norm", "WHO", "batch norms on cuda, as --conv: native | cudnn | auto", OptionName.Of(Implementation.Auto), Read.OneOf(OptionName.All<Implementation>()));

    /// <summary>The run's seed.</summary>
    public static Setting<ulong> Seed { get; } = new(
        "--seed", "N", "seed of weights, order, crops, flips and dropout", 1, Read.Seed, isStored: true);

    /// <summary>Fixed algorithms.</summary>
    public static Setting<bool> Deterministic { get; } = new(
        "--deterministic", "", "take only algorithms that always give the same bits (the cpu device has no others)", false, Read.Switch, "",
        isStored: true);

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new("Device", Device, Threads, CpuConv, NoFuse, Tf32, Amp, Conv, Norm, NoGraph, Seed, Deterministic);

    /// <summary>Those that matter when nothing is random.</summary>
    public static OptionGroup PlainGroup { get; } = new("Device", Device, Threads, CpuConv, NoFuse, Tf32, Amp, Conv, Norm);
}
