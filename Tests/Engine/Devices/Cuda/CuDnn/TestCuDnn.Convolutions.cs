using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WrnEngine.Devices;
using WrnEngine.Devices.Cuda.CuDnn;
using WrnEngine.Tests.Engine.Devices.Cuda.Libraries;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Engine.Devices.Cuda.CuDnn;

internal static unsafe partial class TestCuDnn
{
    /// <summary>An algorithm of the list that no device can do.</summary>
    public const int Impossible = 6;

    /// <summary>One that is listed as possible and refuses when it is run.</summary>
    public const int Refusing = 5;

    /// <summary>One that needs more workspace than any device has.</summary>
    public const int Huge = 4;

    /// <summary>One that is not deterministic.</summary>
    public const int Unsteady = 0;

    /// <summary>One that works, and its neighbour.</summary>
    public const int Steady = 1, SteadyToo = 2;

    /// <summary>The algorithms that ran, with their math types.</summary>
    public static List<(string Call, int Algorithm, CuDnnMathType Math)> Ran { get; } = [];

    private static nuint WorkspaceOf(int algorithm) => algorithm switch
    {
        Huge => (nuint)1 << 44,
        Steady => 1000,
        SteadyToo => 0,
        _ => 64,
    };

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus GetConvolutionForwardAlgorithm(
        CuDnnContext handle, CuDnnTensorDescriptor x, CuDnnFilterDescriptor w, CuDnnConvolutionDescriptor convolution, CuDnnTensorDescriptor y, int requested,
        int* returned, CuDnnAlgorithmPerformance* found) =>
        Call("cudnnGetConvolutionForwardAlgorithm_v7", () => List(handle, Tensor(x), Filter(w), convolution, Tensor(y), requested, returned, found));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus GetConvolutionBackwardDataAlgorithm(
        CuDnnContext handle, CuDnnFilterDescriptor w, CuDnnTensorDescriptor dy, CuDnnConvolutionDescriptor convolution, CuDnnTensorDescriptor dx, int requested,
        int* returned, CuDnnAlgorithmPerformance* found) =>
        Call("cudnnGetConvolutionBackwardDataAlgorithm_v7", () => List(handle, Tensor(dx), Filter(w), convolution, Tensor(dy), requested, returned, found));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus GetConvolutionBackwardFilterAlgorithm(
        CuDnnContext handle, CuDnnTensorDescriptor x, CuDnnTensorDescriptor dy, CuDnnConvolutionDescriptor convolution, CuDnnFilterDescriptor dw, int requested,
        int* returned, CuDnnAlgorithmPerformance* found) =>
        Call("cudnnGetConvolutionBackwardFilterAlgorithm_v7", () => List(handle, Tensor(x), Filter(dw), convolution, Tensor(dy), requested, returned, found));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus GetConvolutionForwardWorkspaceSize(
        CuDnnContext handle, CuDnnTensorDescriptor x, CuDnnFilterDescriptor w, CuDnnConvolutionDescriptor convolution, CuDnnTensorDescriptor y, int algorithm,
        nuint* bytes) =>
        Call("cudnnGetConvolutionForwardWorkspaceSize", () => Size(handle, Tensor(x), Filter(w), convolution, Tensor(y), algorithm, bytes));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus GetConvolutionBackwardDataWorkspaceSize(
        CuDnnContext handle, CuDnnFilterDescriptor w, CuDnnTensorDescriptor dy, CuDnnConvolutionDescriptor convolution, CuDnnTensorDescriptor dx, int algorithm,
        nuint* bytes) =>
        Call("cudnnGetConvolutionBackwardDataWorkspaceSize", () => Size(handle, Tensor(dx), Filter(w), convolution, Tensor(dy), algorithm, bytes));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus GetConvolutionBackwardFilterWorkspaceSize(
        CuDnnContext handle, CuDnnTensorDescriptor x, CuDnnTensorDescriptor dy, CuDnnConvolutionDescriptor convolution, CuDnnFilterDescriptor dw, int algorithm,
        nuint* bytes) =>
        Call("cudnnGetConvolutionBackwardFilterWorkspaceSize", () => Size(handle, Tensor(x), Filter(dw), convolution, Tensor(dy), algorithm, bytes));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus ConvolutionForward(
        CuDnnContext handle, void* alpha, CuDnnTensorDescriptor xDescriptor, ulong x, CuDnnFilterDescriptor wDescriptor, ulong w,
        CuDnnConvolutionDescriptor convolution, int algorithm, ulong workspace, nuint bytes, void* beta, CuDnnTensorDescriptor yDescriptor, ulong y) =>
        Convolve(
            "cudnnConvolutionForward", handle, convolution, algorithm, workspace, bytes, () => (Tensor(xDescriptor), Filter(wDescriptor), Tensor(yDescriptor)),
            (c, s, xs, ws, ys) => ys.Blend(*(float*)alpha, ConvOracle.Forward(s, c.Factor(xs.Read(x), xs.Type), c.Factor(ws.Read(w), ws.Type)), *(float*)beta, y));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus ConvolutionBackwardData(
        CuDnnContext handle, void* alpha, CuDnnFilterDescriptor wDescriptor, ulong w, CuDnnTensorDescriptor dyDescriptor, ulong dy,
        CuDnnConvolutionDescriptor convolution, int algorithm, ulong workspace, nuint bytes, void* beta, CuDnnTensorDescriptor dxDescriptor, ulong dx) =>
        Convolve(
            "cudnnConvolutionBackwardData", handle, convolution, algorithm, workspace, bytes, () => (Tensor(dxDescriptor), Filter(wDescriptor), Tensor(dyDescriptor)),
            (c, s, xs, ws, ys) => xs.Blend(*(float*)alpha, ConvOracle.BackwardInput(s, c.Factor(ys.Read(dy), ys.Type), c.Factor(ws.Read(w), ws.Type)), *(float*)beta, dx));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus ConvolutionBackwardFilter(
        CuDnnContext handle, void* alpha, CuDnnTensorDescriptor xDescriptor, ulong x, CuDnnTensorDescriptor dyDescriptor, ulong dy,
        CuDnnConvolutionDescriptor convolution, int algorithm, ulong workspace, nuint bytes, void* beta, CuDnnFilterDescriptor dwDescriptor, ulong dw) =>
        Convolve(
            "cudnnConvolutionBackwardFilter", handle, convolution, algorithm, workspace, bytes, () => (Tensor(xDescriptor), Filter(dwDescriptor), Tensor(dyDescriptor)),
            (c, s, xs, ws, ys) => ws.Blend(*(float*)alpha, ConvOracle.BackwardWeight(s, c.Factor(xs.Read(x), xs.Type), c.Factor(ys.Read(dy), ys.Type)), *(float*)beta, dw));

    /// <summary>A list as a device might give it: what cannot be taken first, then what must not be under some options, then what works.</summary>
    private static CuDnnStatus List(
        CuDnnContext handle, TestTensor x, TestTensor w, CuDnnConvolutionDescriptor convolution, TestTensor y, int requested, int* returned,
        CuDnnAlgorithmPerformance* found)
    {
        _ = Handle(handle);
        var c = TestLibrary.Get<TestConvolution>(convolution.Value);
        if (c.Between(x, w, y) is null) return CuDnnStatus.BadParamShapeMismatch;
        (int Algorithm, CuDnnMathType Math)[] list =
        [
            (Impossible, c.Math), (Huge, c.Math), (Steady, CuDnnMathType.TensorOpAllowConversion), (Unsteady, c.Math), (Refusing, c.Math), (Steady, c.Math),
            (SteadyToo, c.Math),
        ];
        *returned = Math.Min(requested, list.Length);
        for (int i = 0; i < *returned; i++)
        {
            found[i] = new CuDnnAlgorithmPerformance
            {
                Algorithm = list[i].Algorithm,
                Status = list[i].Algorithm == Impossible ? CuDnnStatus.NotSupported : CuDnnStatus.Success,
                Time = -1,
                Memory = WorkspaceOf(list[i].Algorithm),
                Determinism = list[i].Algorithm == Unsteady ? CuDnnDeterminism.NonDeterministic : CuDnnDeterminism.Deterministic,
                MathType = list[i].Math,
            };
        }

        return CuDnnStatus.Success;
    }

    private static CuDnnStatus Size(
        CuDnnContext handle, TestTensor x, TestTensor w, CuDnnConvolutionDescriptor convolution, TestTensor y, int algorithm, nuint* bytes)
    {
        _ = Handle(handle);
        if (TestLibrary.Get<TestConvolution>(convolution.Value).Between(x, w, y) is null) return CuDnnStatus.BadParamShapeMismatch;
        *bytes = WorkspaceOf(algorithm);
        return CuDnnStatus.Success;
    }

    private delegate void Pass(TestConvolution convolution, Conv2dShape shape, TestTensor x, TestTensor w, TestTensor y);

    private static CuDnnStatus Convolve(
        string call, CuDnnContext handle, CuDnnConvolutionDescriptor convolution, int algorithm, ulong workspace, nuint bytes,
        Func<(TestTensor X, TestTensor W, TestTensor Y)> descriptors, Pass pass) => Call(call, () =>
        {
            var known = Handle(handle);
            var c = TestLibrary.Get<TestConvolution>(convolution.Value);
            var (x, w, y) = descriptors();
            if (c.Between(x, w, y) is not { } shape) return CuDnnStatus.BadParamShapeMismatch;
            if (algorithm is Impossible or Refusing) return CuDnnStatus.NotSupportedShape;
            if (bytes < WorkspaceOf(algorithm)) return CuDnnStatus.BadParamSizeInsufficient;
            if (workspace % 256 != 0) return CuDnnStatus.BadParamMisalignedPointer;
            known.Wait();
            DeviceNumbers.Spoil(workspace, bytes);
            Ran.Add((call, algorithm, c.Math));
            pass(c, shape, x, w, y);
            return CuDnnStatus.Success;
        });
}
