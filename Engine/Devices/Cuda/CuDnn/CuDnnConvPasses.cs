using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda.CuDnn;

/// <summary>A pass of a convolution.</summary>
internal enum ConvPass
{
    Forward,
    BackwardInput,
    BackwardWeight,
}

/// <summary>
/// The three passes of a convolution as cuDNN has them, without anything before or behind: NHWC, float32 (tf32 where allowed) or bfloat16 tensors of one
/// type, sums in float32.
/// </summary>
/// <param name="device">Where; workspace comes from its arena.</param>
/// <param name="cudnn">The library.</param>
/// <param name="tf32">Float32 factors may be rounded to tf32.</param>
/// <param name="isDeterministic">Take only algorithms that give the same bits every time.</param>
internal sealed unsafe class CuDnnConvPasses(CudaDevice device, CuDnnHandle cudnn, bool tf32, bool isDeterministic)
{
    // Room for every algorithm with every math type; no more than the likeliest few are worth a trial.
    private const int MostListed = 16, MostTried = 3;

    private const long WorkspaceLimit = 1L << 30;

    private CuDnnApi Api => cudnn.Api;

    /// <summary>The algorithms that cuDNN proposes for a pass, the fastest by its estimate first; empty where it has none.</summary>
    public IReadOnlyList<CuDnnAlgorithm> Algorithms(ConvPass pass, in Conv2dShape shape, DType type)
    {
        var (x, y, weight) = Descriptors(shape, type);
        var math = type == DType.BFloat16 || tf32 ? CuDnnMathType.TensorOp : CuDnnMathType.Fma;
        var convolution = cudnn.Descriptors.Convolution(shape, math);
        var handle = cudnn.Value;
        var found = stackalloc CuDnnAlgorithmPerformance[MostListed];
        int count = 0;
        var (status, call) = pass switch
        {
            ConvPass.Forward => (Api.GetConvolutionForwardAlgorithm(handle, x, weight, convolution, y, MostListed, &count, found), "cudnnGetConvolutionForwardAlgorithm_v7"),
            ConvPass.BackwardInput =>
                (Api.GetConvolutionBackwardDataAlgorithm(handle, weight, y, convolution, x, MostListed, &count, found), "cudnnGetConvolutionBackwardDataAlgorithm_v7"),
            _ => (Api.GetConvolutionBackwardFilterAlgorithm(handle, x, y, convolution, weight, MostListed, &count, found), "cudnnGetConvolutionBackwardFilterAlgorithm_v7"),
        };
        var algorithms = new List<CuDnnAlgorithm>();
        if (!Api.Succeeds(status, call)) return algorithms;
        foreach (ref readonly var a in new ReadOnlySpan<CuDnnAlgorithmPerformance>(found, count))
        {
            bool fits = a.Status == CuDnnStatus.Success && (long)a.Memory <= Math.Min(WorkspaceLimit, device.Context.Info.MemoryBytes / 16) && Allows(type, a.MathType);
            if (fits && (!isDeterministic || a.Determinism == CuDnnDeterminism.Deterministic)) algorithms.Add(new CuDnnAlgorithm(a.Algorithm, a.MathType));
            if (algorithms.Count == MostTried) break;
        }
        return algorithms;
    }

    /// <summary>y = conv(x, weight); false when the algorithm cannot.</summary>
    public bool Forward(CuDnnAlgorithm algorithm, in Conv2dShape shape, Tensor x, Tensor weight, Tensor y)
    {
        var (xDescriptor, yDescriptor, weightDescriptor) = Descriptors(shape, x.DType);
        var convolution = cudnn.Descriptors.Convolution(shape, algorithm.Math);
        var handle = cudnn.Value;
        nuint bytes;
        if (!Api.Succeeds(
            Api.GetConvolutionForwardWorkspaceSize(handle, xDescriptor, weightDescriptor, convolution, yDescriptor, algorithm.Number, &bytes),
            "cudnnGetConvolutionForwardWorkspaceSize")) return false;
        using var workspace = new Workspace(device, bytes);
        float alpha = 1, beta = 0;
        return Api.Succeeds(
            Api.ConvolutionForward(
                handle, &alpha, xDescriptor, (ulong)x.Address, weightDescriptor, (ulong)weight.Address, convolution, algorithm.Number, workspace.Address, bytes, &beta,
                yDescriptor, (ulong)y.Address),
            "cudnnConvolutionForward");
    }

    /// <summary>gradX (+)= the gradient of the input; false when the algorithm cannot.</summary>
    public bool BackwardInput(CuDnnAlgorithm algorithm, in Conv2dShape shape, Tensor gradY, Tensor weight, Tensor gradX, bool accumulate)
    {
        var (xDescriptor, yDescriptor, weightDescriptor) = Descriptors(shape, gradY.DType);
        var convolution = cudnn.Descriptors.Convolution(shape, algorithm.Math);
        var handle = cudnn.Value;
        nuint bytes;
        if (!Api.Succeeds(
            Api.GetConvolutionBackwardDataWorkspaceSize(handle, weightDescriptor, yDescriptor, convolution, xDescriptor, algorithm.Number, &bytes),
            "cudnnGetConvolutionBackwardDataWorkspaceSize")) return false;
        using var workspace = new Workspace(device, bytes);
        float alpha = 1, beta = accumulate ? 1 : 0;
        return Api.Succeeds(
            Api.ConvolutionBackwardData(
                handle, &alpha, weightDescriptor, (ulong)weight.Address, yDescriptor, (ulong)gradY.Address, convolution, algorithm.Number, workspace.Address, bytes, &beta,
                xDescriptor, (ulong)gradX.Address),
            "cudnnConvolutionBackwardData");
    }

    /// <summary>gradWeight (+)= the gradient of the weight; false when the algorithm cannot.</summary>
    public bool BackwardWeight(CuDnnAlgorithm algorithm, in Conv2dShape shape, Tensor x, Tensor gradY, Tensor gradWeight, bool accumulate)
    {
        var (xDescriptor, yDescriptor, weightDescriptor) = Descriptors(shape, x.DType);
        var convolution = cudnn.Descriptors.Convolution(shape, algorithm.Math);
        var handle = cudnn.Value;
        nuint bytes;
        if (!Api.Succeeds(
            Api.GetConvolutionBackwardFilterWorkspaceSize(handle, xDescriptor, yDescriptor, convolution, weightDescriptor, algorithm.Number, &bytes),
            "cudnnGetConvolutionBackwardFilterWorkspaceSize")) return false;
        using var workspace = new Workspace(device, bytes);
        float alpha = 1, beta = accumulate ? 1 : 0;
        return Api.Succeeds(
            Api.ConvolutionBackwardFilter(
                handle, &alpha, xDescriptor, (ulong)x.Address, yDescriptor, (ulong)gradY.Address, convolution, algorithm.Number, workspace.Address, bytes, &beta,
                weightDescriptor, (ulong)gradWeight.Address),
            "cudnnConvolutionBackwardFilter");
    }

    private (CuDnnTensorDescriptor X, CuDnnTensorDescriptor Y, CuDnnFilterDescriptor Weight) Descriptors(in Conv2dShape s, DType dtype)
    {
        var type = CuDnnHandle.TypeOf(dtype);
        return (
            cudnn.Descriptors.Tensor(type, s.N, s.InChannels, s.H, s.W), cudnn.Descriptors.Tensor(type, s.N, s.OutChannels, s.OutH, s.OutW),
            cudnn.Descriptors.Filter(type, s.OutChannels, s.InChannels, s.KernelH, s.KernelW));
    }

    // Without --tf32 nothing but float32 arithmetic; nowhere factors rounded below what was asked for.
    private bool Allows(DType type, CuDnnMathType math) =>
        type == DType.Float32 && !tf32 ? math == CuDnnMathType.Fma : math != CuDnnMathType.TensorOpAllowConversion;

    /// <summary>Working memory of one call, from the arena; it may be given back once the call is enqueued.</summary>
    private readonly struct Workspace(CudaDevice device, nuint bytes) : IDisposable
    {
        private const long Alignment = 256;

        private readonly DeviceBuffer? _buffer = bytes == 0 ? null : device.Scratch((long)bytes + Alignment);

        public ulong Address => _buffer is null ? 0 : ((ulong)_buffer.Address + Alignment - 1) / Alignment * Alignment;

        public void Dispose() => _buffer?.Release();
    }
}
