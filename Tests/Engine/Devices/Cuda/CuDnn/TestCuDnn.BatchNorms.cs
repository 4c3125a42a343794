using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WrnEngine.Devices.Cuda.CuDnn;
using WrnEngine.Tensors;
using WrnEngine.Tests.Engine.Devices.Cuda.Libraries;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Engine.Devices.Cuda.CuDnn;

internal static unsafe partial class TestCuDnn
{
    /// <summary>The modes of the batch norms that ran.</summary>
    public static List<(string Call, CuDnnBatchNormMode Mode)> RanNorms { get; } = [];

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus BatchNormalizationForwardTraining(
        CuDnnContext handle, CuDnnBatchNormMode mode, void* alpha, void* beta, CuDnnTensorDescriptor xDescriptor, ulong x, CuDnnTensorDescriptor yDescriptor, ulong y,
        CuDnnTensorDescriptor parameters, ulong scale, ulong bias, double factor, ulong runningMean, ulong runningVariance, double epsilon, ulong savedMean,
        ulong savedInvVariance) => Normalize("cudnnBatchNormalizationForwardTraining", handle, mode, () =>
        {
            var (xs, ys, c) = (Tensor(xDescriptor), Tensor(yDescriptor), Tensor(parameters));
            if (!Fit(xs, ys, c) || epsilon < 0 || factor is < 0 or > 1 || runningMean == 0 != (runningVariance == 0)) return CuDnnStatus.BadParam;
            var values = xs.Read(x);
            var (mean, variance) = NormOracle.Statistics(values);
            var invStd = NormOracle.InvStd(variance, epsilon);
            if (runningMean != 0)
            {
                int count = values.Count / mean.Count;
                var (newMean, newVariance) = NormOracle.UpdateRunning(Flat(c.Read(runningMean)), Flat(c.Read(runningVariance)), mean, variance, count, factor);
                c.Blend(1, newMean.Reshape(c.Shape), 0, runningMean);
                c.Blend(1, newVariance.Reshape(c.Shape), 0, runningVariance);
            }

            if (savedMean != 0) c.Blend(1, mean.Reshape(c.Shape), 0, savedMean);
            if (savedInvVariance != 0) c.Blend(1, invStd.Reshape(c.Shape), 0, savedInvVariance);
            ys.Blend(*(float*)alpha, NormOracle.Apply(values, mean, invStd, Flat(c.Read(scale)), Flat(c.Read(bias)), relu: false), *(float*)beta, y);
            return CuDnnStatus.Success;
        });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus BatchNormalizationForwardInference(
        CuDnnContext handle, CuDnnBatchNormMode mode, void* alpha, void* beta, CuDnnTensorDescriptor xDescriptor, ulong x, CuDnnTensorDescriptor yDescriptor, ulong y,
        CuDnnTensorDescriptor parameters, ulong scale, ulong bias, ulong mean, ulong variance, double epsilon) =>
        Normalize("cudnnBatchNormalizationForwardInference", handle, mode, () =>
        {
            var (xs, ys, c) = (Tensor(xDescriptor), Tensor(yDescriptor), Tensor(parameters));
            if (!Fit(xs, ys, c) || epsilon < 0) return CuDnnStatus.BadParam;
            var invStd = NormOracle.InvStd(Flat(c.Read(variance)), epsilon);
            var result = NormOracle.Apply(xs.Read(x), Flat(c.Read(mean)), invStd, Flat(c.Read(scale)), Flat(c.Read(bias)), relu: false);
            ys.Blend(*(float*)alpha, result, *(float*)beta, y);
            return CuDnnStatus.Success;
        });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuDnnStatus BatchNormalizationBackward(
        CuDnnContext handle, CuDnnBatchNormMode mode, void* alphaX, void* betaX, void* alphaParameters, void* betaParameters, CuDnnTensorDescriptor xDescriptor, ulong x,
        CuDnnTensorDescriptor dyDescriptor, ulong dy, CuDnnTensorDescriptor dxDescriptor, ulong dx, CuDnnTensorDescriptor parameters, ulong scale, ulong dScale,
        ulong dBias, double epsilon, ulong savedMean, ulong savedInvVariance) => Normalize("cudnnBatchNormalizationBackward", handle, mode, () =>
        {
            var (xs, dys, dxs, c) = (Tensor(xDescriptor), Tensor(dyDescriptor), Tensor(dxDescriptor), Tensor(parameters));
            bool fits = Fit(xs, dys, c) && Fit(xs, dxs, c) && epsilon > 0 && dx != dy && dx != x;
            if (!fits || dScale == 0 || dBias == 0 || savedMean == 0 || savedInvVariance == 0) return CuDnnStatus.BadParam;
            var factor = Flat(c.Read(scale));
            var gradients = NormOracle.Backward(
                xs.Read(x), dys.Read(dy), Flat(c.Read(savedMean)), Flat(c.Read(savedInvVariance)), factor, new RefArray(factor.Shape), relu: false);
            dxs.Blend(*(float*)alphaX, gradients.GradX, *(float*)betaX, dx);
            c.Blend(*(float*)alphaParameters, gradients.GradWeight.Reshape(c.Shape), *(float*)betaParameters, dScale);
            c.Blend(*(float*)alphaParameters, gradients.GradBias.Reshape(c.Shape), *(float*)betaParameters, dBias);
            return CuDnnStatus.Success;
        });

    private static CuDnnStatus Normalize(string call, CuDnnContext handle, CuDnnBatchNormMode mode, Func<CuDnnStatus> body) => Call(call, () =>
    {
        TestLibrary.Require(mode is CuDnnBatchNormMode.Spatial or CuDnnBatchNormMode.SpatialPersistent, $"mode {mode}");
        Handle(handle).Wait();
        RanNorms.Add((call, mode));
        return body();
    });

    private static bool Fit(TestTensor x, TestTensor y, TestTensor parameters) =>
        x.Shape == y.Shape && x.Type == CuDnnDataType.Float && y.Type == CuDnnDataType.Float && parameters.Type == CuDnnDataType.Float
        && parameters.Shape == new Shape(1, x.Shape[1], 1, 1);

    private static RefArray Flat(RefArray x) => x.Reshape([x.Count]);
}
