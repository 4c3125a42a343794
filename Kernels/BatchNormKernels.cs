using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>
/// Launches the kernels of <c>batch_norm.cu</c> and <c>batch_norm_bf16.cu</c>. Arrays are [rows, C] and dense, channels' numbers [C] float32; addresses are on the device. A null address (0)
/// stands for an argument that is not there, where the method says so.
/// </summary>
public sealed class BatchNormKernels(KernelLibrary library)
{
    private const string Stem = "batch_norm";
    private const int Threads = 256;
    private const int FinishChannels = 8;

    private readonly VectorKernel<StatisticsArgs> _statistics = new(library, Stem, "batch_norm_statistics");
    private readonly TypedKernel<FinishStatisticsArgs> _finishStatistics = new(library, Stem, "batch_norm_finish_statistics");
    private readonly Kernel<MomentsArgs> _fromMoments = new(library, Stem, "batch_norm_statistics_from_moments_f32");
    private readonly Kernel<AffineArgs> _affine = new(library, Stem, "batch_norm_affine_f32");
    private readonly VectorKernel<ApplyArgs> _apply = new(library, Stem, "batch_norm_apply");
    private readonly VectorKernel<BackwardArgs> _backwardSums = new(library, Stem, "batch_norm_backward_sums");
    private readonly Kernel<FinishSumsArgs> _finishSums = new(library, Stem, "batch_norm_finish_sums_f32");
    private readonly VectorKernel<BackwardArgs> _backwardInput = new(library, Stem, "batch_norm_backward_input");

    /// <summary>Bytes of working memory for the sums over an array: two floats for each channel and block of rows.</summary>
    public static long PartialBytes(ElementType type, long rows, int channels) =>
        2L * Math.Max(PlaneBytes(ChannelSplit.For(rows, channels, 1).Split), PlaneBytes(ChannelSplit.For(rows, channels, Vector(type, channels)).Split));

    /// <summary>Mean, inverse deviation and running statistics of x.</summary>
    /// <param name="stream">Where.</param>
    /// <param name="type">Of x.</param>
    /// <param name="rows">Values of a channel.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="x">[rows, C].</param>
    /// <param name="partials">Working memory of <see cref="PartialBytes"/>.</param>
    /// <param name="saveMean">[C].</param>
    /// <param name="running">Where the rest goes.</param>
    public void Statistics(CuStream stream, ElementType type, long rows, int channels, nint x, nint partials, nint saveMean, in RunningStatistics running)
    {
        int vector = Vector(type, channels, x);
        var (split, grid, block) = ChannelSplit.For(rows, channels, vector);
        nint m2 = partials + PlaneBytes(split);
        _statistics.For(type, vector).Launch(stream, grid, block, new StatisticsArgs { X = x, Mean = partials, M2 = m2, Split = split });
        _finishStatistics.For(type).Launch(stream, FinishGrid(channels), FinishBlock(split.Parts), new FinishStatisticsArgs
        {
            X = x,
            Mean = partials,
            M2 = m2,
            SaveMean = saveMean,
            To = running.Addresses,
            Split = split,
            Parts = split.Parts,
            Momentum = running.Momentum,
            Eps = running.Eps,
        });
    }

    /// <summary>The rest of <see cref="Statistics"/> from mean and biased variance over <paramref name="count"/> values.</summary>
    public void StatisticsFromMoments(CuStream stream, int channels, nint mean, nint variance, long count, in RunningStatistics running) =>
        _fromMoments.Launch(stream, ChannelGrid(channels), Threads, new MomentsArgs
        {
            Mean = mean,
            Variance = variance,
            To = running.Addresses,
            Count = count,
            Channels = channels,
            Momentum = running.Momentum,
            Eps = running.Eps,
        });

    /// <summary>scale = invStd * weight, shift = bias - mean * scale.</summary>
    public void Affine(CuStream stream, int channels, nint mean, ChannelSpread spread, nint weight, nint bias, nint scale, nint shift) =>
        _affine.Launch(stream, ChannelGrid(channels), Threads, new AffineArgs
        {
            Mean = mean,
            Spread = spread.Address,
            Weight = weight,
            Bias = bias,
            Scale = scale,
            Shift = shift,
            Channels = channels,
            Eps = spread.Eps,
        });

    /// <summary>y = (x - mean) * invStd * weight + bias, then ReLU if asked; mean and spread may be missing, for 0 and 1; y may be x.</summary>
    public void Apply(
        CuStream stream, ElementType type, long rows, int channels, nint x, nint mean, ChannelSpread spread, nint weight, nint bias, bool relu, nint y)
    {
        int vector = Vector(type, channels, x, y, mean, spread.Address, weight, bias);
        var (split, grid, block) = ChannelSplit.For(rows, channels, vector);
        _apply.For(type, vector).Launch(stream, grid, block, new ApplyArgs
        {
            X = x,
            Mean = mean,
            Spread = spread.Address,
            Weight = weight,
            Bias = bias,
            Y = y,
            Split = split,
            Eps = spread.Eps,
            Relu = relu ? 1 : 0,
        });
    }

    /// <summary>Partial sums of the masked gradient, and of it times the deviation, into <paramref name="partials"/>: as many as returned, [parts, C] each.</summary>
    public int BackwardSums(CuStream stream, in BatchNormOperands operands, nint partials)
    {
        int vector = operands.Vector;
        var (split, grid, block) = ChannelSplit.For(operands.Rows, operands.Channels, vector);
        var arguments = operands.Arguments(split);
        (arguments.SumGrad, arguments.SumGradDeviation) = (partials, partials + PlaneBytes(split));
        _backwardSums.For(operands.Type, vector).Launch(stream, grid, block, arguments);
        return split.Parts;
    }

    /// <summary>Adds partial sums up: the gradients of weight and bias, and what <see cref="BackwardInput"/> needs; each of them may be missing.</summary>
    /// <param name="stream">Where.</param>
    /// <param name="parts">How many partial sums each channel has.</param>
    /// <param name="operands">What they were made from.</param>
    /// <param name="sumGrad">[parts, C].</param>
    /// <param name="sumGradDeviation">[parts, C].</param>
    /// <param name="gradWeight">[C] or null.</param>
    /// <param name="accumulateWeight">Add to it.</param>
    /// <param name="gradBias">[C] or null.</param>
    /// <param name="accumulateBias">Add to it.</param>
    /// <param name="means">[2, C]: mean(g) and invStd^2 mean(g (x - mean)), or null.</param>
    public void FinishSums(
        CuStream stream, int parts, in BatchNormOperands operands, nint sumGrad, nint sumGradDeviation, nint gradWeight, bool accumulateWeight, nint gradBias,
        bool accumulateBias, nint means) =>
        _finishSums.Launch(stream, FinishGrid(operands.Channels), FinishBlock(parts), new FinishSumsArgs
        {
            SumGrad = sumGrad,
            SumGradDeviation = sumGradDeviation,
            Spread = operands.Spread.Address,
            GradWeight = gradWeight,
            GradBias = gradBias,
            MeanGrad = means,
            Slope = means == 0 ? 0 : means + operands.Channels * sizeof(float),
            Count = operands.Rows,
            Channels = operands.Channels,
            Parts = parts,
            Eps = operands.Spread.Eps,
            AccumulateWeight = accumulateWeight ? 1 : 0,
            AccumulateBias = accumulateBias ? 1 : 0,
        });

    /// <summary>gradX (+)= scale (g - mean(g) - (x - mean) slope); without <paramref name="means"/> of <see cref="FinishSums"/> the last two are 0.</summary>
    public void BackwardInput(CuStream stream, in BatchNormOperands operands, nint means, nint gradX, bool accumulate)
    {
        nint slope = means == 0 ? 0 : means + operands.Channels * sizeof(float);
        int vector = Math.Min(operands.Vector, Vector(operands.Type, operands.Channels, gradX, means, slope));
        var (split, grid, block) = ChannelSplit.For(operands.Rows, operands.Channels, vector);
        var arguments = operands.Arguments(split);
        (arguments.MeanGrad, arguments.Slope, arguments.GradX, arguments.Accumulate) = (means, slope, gradX, accumulate ? 1 : 0);
        _backwardInput.For(operands.Type, vector).Launch(stream, grid, block, arguments);
    }

    /// <summary>Channels of a thread: 16 bytes of them where every row of every array begins at a multiple of 16 bytes, else one.</summary>
    internal static int Vector(ElementType type, int channels, params ReadOnlySpan<nint> addresses)
    {
        int pack = type.PackWidth();
        nint bits = channels % pack == 0 ? 0 : 1;
        foreach (nint address in addresses) bits |= address;
        return (bits & 15) == 0 ? pack : 1;
    }

    // Planes begin at multiples of 16 bytes where rows do.
    private static nint PlaneBytes(in ChannelSplit split) => (nint)split.Parts * split.Channels * sizeof(float);

    private static Dim3 ChannelGrid(int channels) => (uint)((channels + Threads - 1) / Threads);

    private static Dim3 FinishGrid(int channels) => (uint)((channels + FinishChannels - 1) / FinishChannels);

    // Whole warps of 4 lanes by 8 channels, as many as there are partial results to share; one where there are none, to say so.
    private static Dim3 FinishBlock(int parts) => (uint)Math.Min(Threads, (Math.Max(parts, 1) + 3) / 4 * 4 * FinishChannels);

    [StructLayout(LayoutKind.Sequential)]
    private struct StatisticsArgs
    {
        public nint X, Mean, M2;
        public ChannelSplit Split;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct FinishStatisticsArgs
    {
        public nint X, Mean, M2, SaveMean;
        public RunningStatistics.Block To;
        public ChannelSplit Split;
        public int Parts;
        public float Momentum, Eps;
        public int Unused;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct MomentsArgs
    {
        public nint Mean, Variance;
        public RunningStatistics.Block To;
        public long Count;
        public int Channels;
        public float Momentum, Eps;
        public int Unused;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct AffineArgs
    {
        public nint Mean, Spread, Weight, Bias, Scale, Shift;
        public int Channels;
        public float Eps;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ApplyArgs
    {
        public nint X, Mean, Spread, Weight, Bias, Y;
        public ChannelSplit Split;
        public float Eps;
        public int Relu;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct BackwardArgs
    {
        public nint X, GradY, Mean, Spread, Weight, Bias, SumGrad, SumGradDeviation, MeanGrad, Slope, GradX;
        public ChannelSplit Split;
        public float Eps;
        public int Relu, Accumulate, Unused;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct FinishSumsArgs
    {
        public nint SumGrad, SumGradDeviation, Spread, GradWeight, GradBias, MeanGrad, Slope;
        public long Count;
        public int Channels, Parts;
        public float Eps;
        public int AccumulateWeight, AccumulateBias, Unused;
    }
}
