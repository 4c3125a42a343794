using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cuda.CuDnn;
using WrnEngine.Tests.Engine.Devices.Cuda.Libraries;

namespace WrnEngine.Tests.Engine.Devices.Cuda.CuDnn;

/// <summary>The table against cudnn_graph.h, cudnn_ops.h and cudnn_cnn.h of cuDNN 9.6.0: names, signatures, values and layouts, held as data.</summary>
[Category("Kernels")]
public unsafe class CuDnnApiTests
{
    private static readonly string[] Header =
    [
        "size_t cudnnGetVersion()",
        "char* cudnnGetErrorString(cudnnStatus_t)",
        "void cudnnGetLastErrorString(char*, size_t)",
        "cudnnStatus_t cudnnCreate(cudnnHandle_t*)",
        "cudnnStatus_t cudnnDestroy(cudnnHandle_t)",
        "cudnnStatus_t cudnnSetStream(cudnnHandle_t, cudaStream_t)",
        "cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t*)",
        "cudnnStatus_t cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t, cudnnTensorFormat_t, cudnnDataType_t, int, int, int, int)",
        "cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t)",
        "cudnnStatus_t cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t*)",
        "cudnnStatus_t cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t, cudnnDataType_t, cudnnTensorFormat_t, int, int, int, int)",
        "cudnnStatus_t cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t)",
        "cudnnStatus_t cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t*)",
        "cudnnStatus_t cudnnSetConvolution2dDescriptor(cudnnConvolutionDescriptor_t, int, int, int, int, int, int, cudnnConvolutionMode_t, cudnnDataType_t)",
        "cudnnStatus_t cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t, cudnnMathType_t)",
        "cudnnStatus_t cudnnDestroyConvolutionDescriptor(cudnnConvolutionDescriptor_t)",
        "cudnnStatus_t cudnnGetConvolutionForwardAlgorithm_v7(cudnnHandle_t, cudnnTensorDescriptor_t, cudnnFilterDescriptor_t, cudnnConvolutionDescriptor_t, "
            + "cudnnTensorDescriptor_t, int, int*, cudnnConvolutionFwdAlgoPerf_t*)",
        "cudnnStatus_t cudnnGetConvolutionBackwardDataAlgorithm_v7(cudnnHandle_t, cudnnFilterDescriptor_t, cudnnTensorDescriptor_t, cudnnConvolutionDescriptor_t, "
            + "cudnnTensorDescriptor_t, int, int*, cudnnConvolutionBwdDataAlgoPerf_t*)",
        "cudnnStatus_t cudnnGetConvolutionBackwardFilterAlgorithm_v7(cudnnHandle_t, cudnnTensorDescriptor_t, cudnnTensorDescriptor_t, cudnnConvolutionDescriptor_t, "
            + "cudnnFilterDescriptor_t, int, int*, cudnnConvolutionBwdFilterAlgoPerf_t*)",
        "cudnnStatus_t cudnnGetConvolutionForwardWorkspaceSize(cudnnHandle_t, cudnnTensorDescriptor_t, cudnnFilterDescriptor_t, cudnnConvolutionDescriptor_t, "
            + "cudnnTensorDescriptor_t, cudnnConvolutionFwdAlgo_t, size_t*)",
        "cudnnStatus_t cudnnGetConvolutionBackwardDataWorkspaceSize(cudnnHandle_t, cudnnFilterDescriptor_t, cudnnTensorDescriptor_t, cudnnConvolutionDescriptor_t, "
            + "cudnnTensorDescriptor_t, cudnnConvolutionBwdDataAlgo_t, size_t*)",
        "cudnnStatus_t cudnnGetConvolutionBackwardFilterWorkspaceSize(cudnnHandle_t, cudnnTensorDescriptor_t, cudnnTensorDescriptor_t, cudnnConvolutionDescriptor_t, "
            + "cudnnFilterDescriptor_t, cudnnConvolutionBwdFilterAlgo_t, size_t*)",
        "cudnnStatus_t cudnnConvolutionForward(cudnnHandle_t, void*, cudnnTensorDescriptor_t, void*, cudnnFilterDescriptor_t, void*, cudnnConvolutionDescriptor_t, "
            + "cudnnConvolutionFwdAlgo_t, void*, size_t, void*, cudnnTensorDescriptor_t, void*)",
        "cudnnStatus_t cudnnConvolutionBackwardData(cudnnHandle_t, void*, cudnnFilterDescriptor_t, void*, cudnnTensorDescriptor_t, void*, cudnnConvolutionDescriptor_t, "
            + "cudnnConvolutionBwdDataAlgo_t, void*, size_t, void*, cudnnTensorDescriptor_t, void*)",
        "cudnnStatus_t cudnnConvolutionBackwardFilter(cudnnHandle_t, void*, cudnnTensorDescriptor_t, void*, cudnnTensorDescriptor_t, void*, cudnnConvolutionDescriptor_t, "
            + "cudnnConvolutionBwdFilterAlgo_t, void*, size_t, void*, cudnnFilterDescriptor_t, void*)",
        "cudnnStatus_t cudnnBatchNormalizationForwardTraining(cudnnHandle_t, cudnnBatchNormMode_t, void*, void*, cudnnTensorDescriptor_t, void*, cudnnTensorDescriptor_t, "
            + "void*, cudnnTensorDescriptor_t, void*, void*, double, void*, void*, double, void*, void*)",
        "cudnnStatus_t cudnnBatchNormalizationForwardInference(cudnnHandle_t, cudnnBatchNormMode_t, void*, void*, cudnnTensorDescriptor_t, void*, cudnnTensorDescriptor_t, "
            + "void*, cudnnTensorDescriptor_t, void*, void*, void*, void*, double)",
        "cudnnStatus_t cudnnBatchNormalizationBackward(cudnnHandle_t, cudnnBatchNormMode_t, void*, void*, void*, void*, cudnnTensorDescriptor_t, void*, "
            + "cudnnTensorDescriptor_t, void*, cudnnTensorDescriptor_t, void*, cudnnTensorDescriptor_t, void*, void*, void*, double, void*, void*)",
    ];

    [Test]
    public void SignaturesAreThoseOfTheHeader() => HeaderSignatures.AssertMatch(typeof(CuDnnApi), CuDnnApi.Symbols, Header);

    [Test]
    public void EveryEntryOfTheTestTableIsFilled() => Assert.That(TestCuDnn.Table.Entries.ToArray(), Is.Unique.And.None.Zero);

    [TestCase((int)CuDnnStatus.NotInitialized, 1001)]
    [TestCase((int)CuDnnStatus.SublibraryVersionMismatch, 1002)]
    [TestCase((int)CuDnnStatus.Deprecated, 1004)]
    [TestCase((int)CuDnnStatus.SublibraryLoadingFailed, 1008)]
    [TestCase((int)CuDnnStatus.BadParam, 2000)]
    [TestCase((int)CuDnnStatus.BadParamNullPointer, 2002)]
    [TestCase((int)CuDnnStatus.BadParamMisalignedPointer, 2003)]
    [TestCase((int)CuDnnStatus.BadParamSizeInsufficient, 2006)]
    [TestCase((int)CuDnnStatus.BadParamShapeMismatch, 2008)]
    [TestCase((int)CuDnnStatus.NotSupported, 3000)]
    [TestCase((int)CuDnnStatus.NotSupportedShape, 3002)]
    [TestCase((int)CuDnnStatus.NotSupportedDataType, 3003)]
    [TestCase((int)CuDnnStatus.NotSupportedLayout, 3004)]
    [TestCase((int)CuDnnStatus.NotSupportedArchMismatch, 3007)]
    [TestCase((int)CuDnnStatus.InternalError, 4000)]
    [TestCase((int)CuDnnStatus.InternalErrorHostAllocationFailed, 4003)]
    [TestCase((int)CuDnnStatus.InternalErrorDeviceAllocationFailed, 4004)]
    [TestCase((int)CuDnnStatus.ExecutionFailed, 5000)]
    [TestCase((int)CuDnnStatus.ExecutionFailedCudaDriver, 5001)]
    [TestCase((int)CuDnnDataType.Float, 0)]
    [TestCase((int)CuDnnDataType.BFloat16, 9)]
    [TestCase((int)CuDnnTensorFormat.Nchw, 0)]
    [TestCase((int)CuDnnTensorFormat.Nhwc, 1)]
    [TestCase((int)CuDnnMathType.Default, 0)]
    [TestCase((int)CuDnnMathType.TensorOp, 1)]
    [TestCase((int)CuDnnMathType.TensorOpAllowConversion, 2)]
    [TestCase((int)CuDnnMathType.Fma, 3)]
    [TestCase((int)CuDnnConvolutionMode.Convolution, 0)]
    [TestCase((int)CuDnnConvolutionMode.CrossCorrelation, 1)]
    [TestCase((int)CuDnnDeterminism.NonDeterministic, 0)]
    [TestCase((int)CuDnnDeterminism.Deterministic, 1)]
    [TestCase((int)CuDnnBatchNormMode.PerActivation, 0)]
    [TestCase((int)CuDnnBatchNormMode.Spatial, 1)]
    [TestCase((int)CuDnnBatchNormMode.SpatialPersistent, 2)]
    public void ValueIsThatOfTheHeader(int ours, int header) => Assert.That(ours, Is.EqualTo(header));

    /// <summary>int algo, int status, float time, (4 bytes of padding), size_t memory, int determinism, int mathType, int reserved[3], (4 bytes of padding).</summary>
    [Test]
    public void PerformanceIsLaidOutAsInTheHeader()
    {
        var p = default(CuDnnAlgorithmPerformance);
        byte* start = (byte*)&p;
        Assert.That(sizeof(CuDnnAlgorithmPerformance), Is.EqualTo(48));
        Assert.That((byte*)&p.Algorithm - start, Is.Zero);
        Assert.That((byte*)&p.Status - start, Is.EqualTo(4));
        Assert.That((byte*)&p.Time - start, Is.EqualTo(8));
        Assert.That((byte*)&p.Memory - start, Is.EqualTo(16));
        Assert.That((byte*)&p.Determinism - start, Is.EqualTo(24));
        Assert.That((byte*)&p.MathType - start, Is.EqualTo(28));
        Assert.That(Unsafe.SizeOf<CuDnnContext>(), Is.EqualTo(sizeof(nint)));
    }

    [TestCase(90600, "9.6.0")]
    [TestCase(91002, "9.10.2")]
    [TestCase(8907, "8.9.7")]
    [TestCase(7605, "7.6.5")]
    [TestCase(100100, "10.1.0")]
    public void VersionIsReadInBothForms(long number, string text) => Assert.That(CuDnnLibrary.VersionText(number), Is.EqualTo(text));
}
