using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using WrnEngine.Devices.Cuda.CuDnn;
using WrnEngine.Kernels.Driver;
using WrnEngine.Tests.Engine.Devices.Cuda.Libraries;

namespace WrnEngine.Tests.Engine.Devices.Cuda.CuDnn;

/// <summary>cuDNN 9.6.0 as a test table: handles and descriptors here, the passes of convolutions and batch norms in the other parts.</summary>
internal static unsafe partial class TestCuDnn
{
    public static CuDnnApi Table { get; } = new()
    {
        GetVersion = &GetVersion,
        GetErrorString = &GetErrorString,
        GetLastErrorString = &GetLastErrorString,
        Create = &Create,
        Destroy = &Destroy,
        SetStream = &SetStream,
        CreateTensorDescriptor = &CreateTensorDescriptor,
        SetTensor4dDescriptor = &SetTensor4dDescriptor,
        DestroyTensorDescriptor = &DestroyTensorDescriptor,
        CreateFilterDescriptor = &CreateFilterDescriptor,
        SetFilter4dDescriptor = &SetFilter4dDescriptor,
        DestroyFilterDescriptor = &DestroyFilterDescriptor,
        CreateConvolutionDescriptor = &CreateConvolutionDescriptor,
        SetConvolution2dDescriptor = &SetConvolution2dDescriptor,
        SetConvolutionMathType = &SetConvolutionMathType,
        DestroyConvolutionDescriptor = &DestroyConvolutionDescriptor,
        GetConvolutionForwardAlgorithm = &GetConvolutionForwardAlgorithm,
        GetConvolutionBackwardDataAlgorithm = &GetConvolutionBackwardDataAlgorithm,
        GetConvolutionBackwardFilterAlgorithm = &GetConvolutionBackwardFilterAlgorithm,
        GetConvolutionForwardWorkspaceSize = &GetConvolutionForwardWorkspaceSize,
        GetConvolutionBackwardDataWorkspaceSize = &GetConvolutionBackwardDataWorkspaceSize,
        GetConvolutionBackwardFilterWorkspaceSize = &GetConvolutionBackwardFilterWorkspaceSize,
        ConvolutionForward = &ConvolutionForward,
        ConvolutionBackwardData = &ConvolutionBackwardData,
        ConvolutionBackwardFilter = &ConvolutionBackwardFilter,
        BatchNormalizationForwardTraining = &BatchNormalizationForwardTraining,
        BatchNormalizationForwardInference = &BatchNormalizationForwardInference,
        BatchNormalizationBackward = &BatchNormalizationBackward,
    };

    private static CuDnnStatus Call(string name, Func<CuDnnStatus> body) =>
        (CuDnnStatus)TestLibrary.Run(name, (int)CuDnnStatus.InternalError, () => (int)body());

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint GetVersion() => 90600;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte* GetErrorString(CuDnnStatus status) => (byte*)TestLibrary.Text(status switch
    {
        CuDnnStatus.ExecutionFailed => "CUDNN_STATUS_EXECUTION_FAILED",
        CuDnnStatus.BadParam => "CUDNN_STATUS_BAD_PARAM",
        CuDnnStatus.InternalError => "CUDNN_STATUS_INTERNAL_ERROR",
        _ => $"CUDNN_STATUS_{(int)status}",
    }, 0);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void GetLastErrorString(byte* message, nuint size)
    {
        int written = Encoding.UTF8.GetBytes("the test wanted it so.\n", new Span<byte>(message, (int)size - 1));
        message[written] = 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus Create(CuDnnContext* handle) => Call("cudnnCreate", () =>
    {
        *handle = new CuDnnContext(TestLibrary.Add(new TestHandle()));
        return CuDnnStatus.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus Destroy(CuDnnContext handle) => Call("cudnnDestroy", () => (CuDnnStatus)TestLibrary.Remove<TestHandle>(handle.Value));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus SetStream(CuDnnContext handle, CuStream stream) => Call("cudnnSetStream", () =>
    {
        Handle(handle).Stream = stream;
        return CuDnnStatus.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus CreateTensorDescriptor(CuDnnTensorDescriptor* descriptor) => Call("cudnnCreateTensorDescriptor", () =>
    {
        *descriptor = new CuDnnTensorDescriptor(TestLibrary.Add(new TestTensor()));
        return CuDnnStatus.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus SetTensor4dDescriptor(CuDnnTensorDescriptor descriptor, CuDnnTensorFormat format, CuDnnDataType type, int n, int c, int h, int w) =>
        Call("cudnnSetTensor4dDescriptor", () => Tensor(descriptor).Set(format, type, n, c, h, w));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus DestroyTensorDescriptor(CuDnnTensorDescriptor descriptor) =>
        Call("cudnnDestroyTensorDescriptor", () => (CuDnnStatus)TestLibrary.Remove<TestTensor>(descriptor.Value));

    // A filter is kept as a tensor with a mark, so that one passed in place of the other is found out.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus CreateFilterDescriptor(CuDnnFilterDescriptor* descriptor) => Call("cudnnCreateFilterDescriptor", () =>
    {
        *descriptor = new CuDnnFilterDescriptor(TestLibrary.Add(new TestFilter(new TestTensor())));
        return CuDnnStatus.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus SetFilter4dDescriptor(CuDnnFilterDescriptor descriptor, CuDnnDataType type, CuDnnTensorFormat format, int k, int c, int h, int w) =>
        Call("cudnnSetFilter4dDescriptor", () => Filter(descriptor).Set(format, type, k, c, h, w));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus DestroyFilterDescriptor(CuDnnFilterDescriptor descriptor) =>
        Call("cudnnDestroyFilterDescriptor", () => (CuDnnStatus)TestLibrary.Remove<TestFilter>(descriptor.Value));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus CreateConvolutionDescriptor(CuDnnConvolutionDescriptor* descriptor) => Call("cudnnCreateConvolutionDescriptor", () =>
    {
        *descriptor = new CuDnnConvolutionDescriptor(TestLibrary.Add(new TestConvolution()));
        return CuDnnStatus.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus SetConvolution2dDescriptor(
        CuDnnConvolutionDescriptor descriptor, int paddingH, int paddingW, int strideH, int strideW, int dilationH, int dilationW, CuDnnConvolutionMode mode,
        CuDnnDataType computeType) => Call("cudnnSetConvolution2dDescriptor", () =>
        {
            TestLibrary.Require(mode == CuDnnConvolutionMode.CrossCorrelation, "a kernel turned around");
            TestLibrary.Require(computeType == CuDnnDataType.Float, "sums in another type than float32");
            if (dilationH != 1 || dilationW != 1 || paddingH < 0 || paddingW < 0 || strideH <= 0 || strideW <= 0) return CuDnnStatus.BadParam;
            var c = TestLibrary.Get<TestConvolution>(descriptor.Value);
            (c.PaddingH, c.PaddingW, c.StrideH, c.StrideW, c.IsSet) = (paddingH, paddingW, strideH, strideW, true);
            return CuDnnStatus.Success;
        });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus SetConvolutionMathType(CuDnnConvolutionDescriptor descriptor, CuDnnMathType math) => Call("cudnnSetConvolutionMathType", () =>
    {
        if (!Enum.IsDefined(math)) return CuDnnStatus.BadParam;
        TestLibrary.Get<TestConvolution>(descriptor.Value).Math = math;
        return CuDnnStatus.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus DestroyConvolutionDescriptor(CuDnnConvolutionDescriptor descriptor) =>
        Call("cudnnDestroyConvolutionDescriptor", () => (CuDnnStatus)TestLibrary.Remove<TestConvolution>(descriptor.Value));

    private static TestHandle Handle(CuDnnContext handle) => TestLibrary.Get<TestHandle>(handle.Value);

    private static TestTensor Tensor(CuDnnTensorDescriptor descriptor) => TestLibrary.Get<TestTensor>(descriptor.Value);

    private static TestTensor Filter(CuDnnFilterDescriptor descriptor) => TestLibrary.Get<TestFilter>(descriptor.Value).Sizes;

    private sealed record TestFilter(TestTensor Sizes);
}
