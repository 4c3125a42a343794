using System.Runtime.InteropServices;

namespace WrnEngine.Kernels;

/// <summary>How widely each channel's values spread, [C]: an inverse deviation, or a variance together with the eps that belongs to it.</summary>
public readonly record struct ChannelSpread
{
    // Below zero: the address has inverse deviations already.
    private const float None = -1;

    private ChannelSpread(nint address, float eps) => (Address, Eps) = (address, eps);

    /// <summary>All ones.</summary>
    public static ChannelSpread One => new(0, None);

    /// <summary>[C].</summary>
    public nint Address { get; }

    internal float Eps { get; }

    /// <summary>1 / sqrt(variance + eps), as it was saved.</summary>
    public static ChannelSpread InvStd(nint address) => new(address, None);

    /// <summary>The variance.</summary>
    /// <exception cref="ArgumentOutOfRangeException">eps is below zero.</exception>
    public static ChannelSpread Variance(nint address, float eps) =>
        eps >= 0 ? new(address, eps) : throw new ArgumentOutOfRangeException(nameof(eps), $"eps of a batch norm is {eps}; it must be at least 0");
}

/// <summary>Where statistics go beside the mean.</summary>
/// <param name="SaveInvStd">[C].</param>
/// <param name="RunningMean">[C] or null.</param>
/// <param name="RunningVar">[C] or null.</param>
/// <param name="Momentum">How far running statistics move.</param>
/// <param name="Eps">Added to the variance.</param>
public readonly record struct RunningStatistics(nint SaveInvStd, nint RunningMean, nint RunningVar, float Momentum, float Eps)
{
    internal Block Addresses => new() { SaveInvStd = SaveInvStd, RunningMean = RunningMean, RunningVar = RunningVar };

    [StructLayout(LayoutKind.Sequential)]
    internal struct Block
    {
        public nint SaveInvStd, RunningMean, RunningVar;
    }
}

/// <summary>What a batch norm's backward pass reads.</summary>
/// <param name="Type">Of x, gradY and gradX.</param>
/// <param name="Rows">Values of a channel.</param>
/// <param name="Channels">Channels.</param>
/// <param name="X">[rows, C].</param>
/// <param name="GradY">[rows, C].</param>
/// <param name="Mean">[C].</param>
/// <param name="Spread">[C].</param>
/// <param name="Weight">[C].</param>
/// <param name="Bias">[C], or null without ReLU.</param>
/// <param name="Relu">Whether the gradient is still to be masked.</param>
public readonly record struct BatchNormOperands(
    ElementType Type, long Rows, int Channels, nint X, nint GradY, nint Mean, ChannelSpread Spread, nint Weight, nint Bias, bool Relu)
{
    internal int Vector => BatchNormKernels.Vector(Type, Channels, X, GradY, Mean, Spread.Address, Weight, Bias);

    internal BatchNormKernels.BackwardArgs Arguments(in ChannelSplit split) => new()
    {
        X = X,
        GradY = GradY,
        Mean = Mean,
        Spread = Spread.Address,
        Weight = Weight,
        Bias = Bias,
        Split = split,
        Eps = Spread.Eps,
        Relu = Relu ? 1 : 0,
    };
}
