using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>Launches the kernels of <c>softmax_cross_entropy.cu</c>. Addresses are on the device; every tensor is dense, labels and counts are int32.</summary>
public sealed class SoftmaxCrossEntropyKernels(KernelLibrary library)
{
    private const string Stem = "softmax_cross_entropy";
    private const int Threads = 128;
    private const int Warps = Threads / 32;

    private readonly Kernel<LogSoftmaxForwardArgs> _logSoftmaxForward = new(library, Stem, "log_softmax_forward_f32");
    private readonly Kernel<LogSoftmaxBackwardArgs> _logSoftmaxBackward = new(library, Stem, "log_softmax_backward_f32");
    private readonly Kernel<CrossEntropyForwardArgs> _crossEntropyForward = new(library, Stem, "cross_entropy_forward_f32");
    private readonly Kernel<CrossEntropyMeanArgs> _crossEntropyMean = new(library, Stem, "cross_entropy_mean_f32");
    private readonly Kernel<CrossEntropyBackwardArgs> _crossEntropyBackward = new(library, Stem, "cross_entropy_backward_f32");
    private readonly Kernel<ArgMaxArgs> _argMax = new(library, Stem, "arg_max_f32");
    private readonly Kernel<TopKCountArgs> _topKCount = new(library, Stem, "top_k_count_i32");

    /// <summary>y = log-softmax of x along the middle axis of [rows / inner, columns, inner]; y may be x.</summary>
    public void LogSoftmaxForward(CuStream stream, nint x, nint y, long rows, int columns, long inner) =>
        _logSoftmaxForward.Launch(stream, GridFor(rows), Threads, new LogSoftmaxForwardArgs { X = x, Y = y, Rows = rows, Inner = inner, Columns = columns });

    /// <summary>gradX (+)= gradY - exp(y) sum(gradY) along the middle axis of [rows / inner, columns, inner].</summary>
    public void LogSoftmaxBackward(CuStream stream, nint y, nint gradY, nint gradX, long rows, int columns, long inner, bool accumulate) =>
        _logSoftmaxBackward.Launch(stream, GridFor(rows), Threads, new LogSoftmaxBackwardArgs
        {
            Y = y,
            GradY = gradY,
            GradX = gradX,
            Rows = rows,
            Inner = inner,
            Columns = columns,
            Accumulate = accumulate ? 1 : 0,
        });

    /// <summary>logProbs [samples, classes] and the mean loss.</summary>
    /// <param name="losses">Working memory: a double for each sample.</param>
    public void CrossEntropyForward(
        CuStream stream, nint logits, nint labels, float smoothing, nint logProbs, nint losses, nint loss, long samples, int classes)
    {
        _crossEntropyForward.Launch(stream, GridFor(samples), Threads, new CrossEntropyForwardArgs
        {
            Logits = logits,
            Labels = labels,
            LogProbs = logProbs,
            Losses = losses,
            Samples = samples,
            Classes = classes,
            Smoothing = smoothing,
        });
        _crossEntropyMean.Launch(stream, 1, Threads, new CrossEntropyMeanArgs { Losses = losses, Loss = loss, Samples = samples });
    }

    /// <summary>gradLogits (+)= gradLoss (exp(logProbs) - q) / samples.</summary>
    public void CrossEntropyBackward(
        CuStream stream, nint logProbs, nint labels, float smoothing, nint gradLoss, nint gradLogits, long samples, int classes, bool accumulate) =>
        _crossEntropyBackward.Launch(stream, GridFor(samples), Threads, new CrossEntropyBackwardArgs
        {
            LogProbs = logProbs,
            Labels = labels,
            GradLoss = gradLoss,
            GradLogits = gradLogits,
            Samples = samples,
            Classes = classes,
            Smoothing = smoothing,
            Accumulate = accumulate ? 1 : 0,
        });

    /// <summary>index [rows] = the first largest column of each row; NaN is larger than every number.</summary>
    public void ArgMax(CuStream stream, nint x, nint index, long rows, int columns) =>
        _argMax.Launch(stream, GridFor(rows), Threads, new ArgMaxArgs { X = x, Index = index, Rows = rows, Columns = columns });

    /// <summary>count += samples whose label is among the first k.</summary>
    public void TopKCount(CuStream stream, nint logits, nint labels, int k, nint count, long samples, int classes) =>
        _topKCount.Launch(stream, GridFor(samples), Threads, new TopKCountArgs { Logits = logits, Labels = labels, Count = count, Samples = samples, Classes = classes, K = k });

    private static Dim3 GridFor(long rows) => LaunchGrid.ForBlocks((rows + Warps - 1) / Warps);

    [StructLayout(LayoutKind.Sequential)]
    private struct LogSoftmaxForwardArgs
    {
        public nint X;
        public nint Y;
        public long Rows;
        public long Inner;
        public int Columns;
        public int Padding;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct LogSoftmaxBackwardArgs
    {
        public nint Y;
        public nint GradY;
        public nint GradX;
        public long Rows;
        public long Inner;
        public int Columns;
        public int Accumulate;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct CrossEntropyForwardArgs
    {
        public nint Logits;
        public nint Labels;
        public nint LogProbs;
        public nint Losses;
        public long Samples;
        public int Classes;
        public float Smoothing;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct CrossEntropyMeanArgs
    {
        public nint Losses;
        public nint Loss;
        public long Samples;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct CrossEntropyBackwardArgs
    {
        public nint LogProbs;
        public nint Labels;
        public nint GradLoss;
        public nint GradLogits;
        public long Samples;
        public int Classes;
        public float Smoothing;
        public int Accumulate;
        public int Padding;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ArgMaxArgs
    {
        public nint X;
        public nint Index;
        public long Rows;
        public int Columns;
        public int Padding;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TopKCountArgs
    {
        public nint Logits;
        public nint Labels;
        public nint Count;
        public long Samples;
        public int Classes;
        public int K;
    }
}
