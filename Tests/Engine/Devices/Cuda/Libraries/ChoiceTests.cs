using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WrnEngine.Devices;
using WrnEngine.Devices.Cuda;
using WrnEngine.Devices.Cuda.CuBlas;
using WrnEngine.Devices.Cuda.CuDnn;
using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Tests.Engine.Devices.Cuda.CuBlas;
using WrnEngine.Tests.Engine.Devices.Cuda.CuDnn;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.OpCases;

namespace WrnEngine.Tests.Engine.Devices.Cuda.Libraries;

/// <summary>Who is taken, on a driver whose clock says what a test wants it to.</summary>
public unsafe class ChoiceTests : LibraryFixture
{
    // As the clock of the driver tells: what a library's call takes, and what takes no such call.
    private static float _library, _native;
    private static int _seen, _measured;

    private static readonly string[] Timed =
    [
        "cudnnConvolutionForward", "cudnnConvolutionBackwardData", "cudnnConvolutionBackwardFilter", "cudnnBatchNormalizationForwardTraining",
        "cudnnBatchNormalizationForwardInference", "cudnnBatchNormalizationBackward", "cublasGemmEx",
    ];

    private static IEnumerable<OpCase> Cases() => AllCases.All().Where(c => c.ComputesIn == WrnEngine.Tensors.DType.Float32 && (string[]) [
        "IConvOps.Conv2dForward [1, 3, 13, 11] * [17, 3, 3, 2] stride 3,1 padding 2,1 with Scale, Relu, Residual, Moments",
        "IConvOps.Conv2dBackwardInput [1, 3, 13, 11] * [17, 3, 3, 2] stride 3,1 padding 2,1 with mask and sums accumulate",
        "IConvOps.Conv2dBackwardWeight [1, 3, 13, 11] * [17, 3, 3, 2] stride 3,1 padding 2,1 with Scale, Relu accumulate",
        "IMatMulOps.MatMul 23x41x29 tb accumulate bias",
        "INormOps.BatchNormTraining [3, 17, 5, 7] relu running",
        "INormOps.BatchNormBackward [3, 17, 5, 7] relu for x weight bias accumulate",
        "INormOps.BatchNormInference [3, 17, 5, 7] relu",
    ] is var names && names.Contains(c.ToString()));

    [SetUp]
    public void StartClock() => (_seen, _measured) = (0, 0);

    [Test]
    public void TheCasesAreThere() => Assert.That(Cases().Count(), Is.EqualTo(7));

    [TestCaseSource(nameof(Cases))]
    public void TheLibraryIsTakenWhereItIsFaster(OpCase c)
    {
        OpenTimed(new CudaOptions(), library: 1, native: 2);
        Verify(c);
        var entry = Device.Plan!.Entries.Single();
        Assert.That(entry.Take, Does.StartWith("cu"));
        Assert.That(entry.Timings.Select(t => t.Candidate), Does.Contain("native").And.Contain(entry.Take));
        Assert.That(entry.Timings.Select(t => t.Candidate), Has.None.Contains($" {TestCuDnn.Refusing} "), "what refuses is dropped");

        TestLibrary.Calls.Clear();
        int measured = _measured;
        Verify(c);
        Assert.That(TestLibrary.Calls.Intersect(Timed).Count(), Is.EqualTo(1));
        Assert.That(_measured, Is.EqualTo(measured), "nothing is measured twice");
    }

    [TestCaseSource(nameof(Cases))]
    public void TheProjectsKernelsAreTakenWhereTheyAreFaster(OpCase c)
    {
        OpenTimed(new CudaOptions(), library: 2, native: 1);
        Verify(c);
        Assert.That(Device.Plan!.Entries.Single().Take, Is.EqualTo("native"));
        TestLibrary.Calls.Clear();
        Verify(c);
        Assert.That(TestLibrary.Calls.Intersect(Timed), Is.Empty);
    }

    [TestCaseSource(nameof(Cases))]
    public void APlanThatIsTakenOverIsFollowedWithoutMeasuring(OpCase c)
    {
        OpenTimed(new CudaOptions(), library: 1, native: 2);
        Verify(c);
        var plan = Device.Plan!;
        OpenTimed(new CudaOptions(), library: 2, native: 1);
        Assert.That(Device.Plan!.TakeOver(plan), Is.True);
        Verify(c);
        Assert.That(_measured, Is.Zero);
        Assert.That(TestLibrary.Calls.Intersect(Timed).Count(), Is.EqualTo(1));
        Assert.That(Device.Plan.TakeOver(new AlgorithmPlan(plan.Device, "cuDNN 9.7.0")), Is.False, "of other libraries");
    }

    [Test]
    public void WhoAsksForCuDnnGetsItHoweverSlow()
    {
        OpenTimed(new CudaOptions { Conv = Implementation.Cudnn, Norm = Implementation.Cudnn }, library: 2, native: 1);
        foreach (var c in Cases()) Verify(c);
        Assert.That(Device.Plan!.Entries.Select(e => e.Take), Has.All.StartsWith("cu"));
        Assert.That(TestCuDnn.RanNorms.Where(n => !n.Call.EndsWith("Inference", StringComparison.Ordinal)).Select(n => n.Mode),
            Is.Not.Empty.And.All.EqualTo(CuDnnBatchNormMode.SpatialPersistent));
        Assert.That(Device.FusesConvolutions, Is.False);
    }

    [Test]
    public void ADeterministicRunMeasuresNothingAndOpensNoLibraryUnasked()
    {
        OpenTimed(new CudaOptions { Deterministic = true }, library: 1, native: 2);
        foreach (var c in Cases()) Verify(c);
        Assert.That(Device.Plan, Is.Null);
        Assert.That(TestLibrary.Calls, Is.Empty);
        OpenTimed(new CudaOptions { Deterministic = true, Conv = Implementation.Cudnn, Norm = Implementation.Cudnn }, library: 1, native: 2);
        foreach (var c in Cases()) Verify(c);
        Assert.That(_measured, Is.Zero);
        Assert.That(TestCuDnn.Ran.Select(r => r.Algorithm), Has.None.EqualTo(TestCuDnn.Unsteady));
        Assert.That(TestCuDnn.RanNorms.Select(n => n.Mode), Has.All.EqualTo(CuDnnBatchNormMode.Spatial));
    }

    [Test]
    public void OwnKernelsOpenNoLibrary()
    {
        Open(new CudaOptions { Conv = Implementation.Native, Norm = Implementation.Native });
        Assert.That(TestLibrary.Calls, Is.Empty);
        Assert.That(Device.Plan, Is.Null);
        Assert.That(Device.Description, Does.Not.Contain("cuDNN"));
        Open(new CudaOptions());
        Assert.That(Device.Description, Does.Contain("cuDNN 9.6.0, cuBLAS 12.6.4"));
    }

    [Test]
    public void Float32StaysFloat32UnlessTf32IsAskedFor()
    {
        OpenTimed(new CudaOptions { Conv = Implementation.Cudnn }, library: 1, native: 2);
        foreach (var c in Cases()) Verify(c);
        Assert.That(TestCuDnn.Ran.Select(r => r.Math), Is.Not.Empty.And.All.EqualTo(CuDnnMathType.Fma));
        Assert.That(TestCuBlas.LastTypes, Is.EqualTo((CudaDataType.Float32, CudaDataType.Float32, CuBlasComputeType.Float32)));

        TestCuDnn.Ran.Clear();
        OpenTimed(new CudaOptions { Conv = Implementation.Cudnn, Tf32 = true }, library: 1, native: 2);
        foreach (var c in Cases().Where(c => !c.Method.StartsWith(nameof(INormOps), StringComparison.Ordinal))) c.Run(Device, c.Upload(Device, c.CreateArrays()));
        Assert.That(TestCuDnn.Ran.Select(r => r.Math), Is.Not.Empty.And.All.EqualTo(CuDnnMathType.TensorOp));
        Assert.That(TestCuBlas.LastTypes.Compute, Is.EqualTo(CuBlasComputeType.Float32FastTf32));
        Assert.That(Device.Plan!.Entries.Select(e => e.Op), Has.All.Contains("tf32"));
    }

    [Test]
    public void InACaptureNothingIsTried()
    {
        OpenTimed(new CudaOptions(), library: 1, native: 2);
        var c = Cases().Single(c => c.Method.StartsWith(nameof(IMatMulOps), StringComparison.Ordinal));
        var warm = AllCases.All().Single(k => k.ToString() == "IMatMulOps.MatMul 23x41x29 tb bias");
        OpenTimed(new CudaOptions { Conv = Implementation.Native }, library: 1, native: 2); // the kernels' module is loaded before a capture
        OpenTimed(new CudaOptions(), library: 2, native: 1);
        Verify(warm);
        var tensors = c.Upload(Device, c.CreateArrays());
        var api = Device.Context.Api;
        CuGraph graph;
        api.Check(api.StreamBeginCapture(Device.Context.Stream, CudaCaptureMode.ThreadLocal), "cuStreamBeginCapture");
        c.Run(Device, tensors);
        api.Check(api.StreamEndCapture(Device.Context.Stream, &graph), "cuStreamEndCapture");
        api.Check(api.GraphDestroy(graph), "cuGraphDestroy");
        var entry = Device.Plan!.Entries.Last();
        Assert.That((entry.Take, entry.Timings.Count), Is.EqualTo(("native", 0)));
    }

    private void OpenTimed(CudaOptions options, float library, float native)
    {
        (_library, _native) = (library, native);
        var driver = SimulatorDriver.Table.Clone();
        driver.EventElapsedTime = &ElapsedTime;
        Open(options, driver);
        StartClock();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult ElapsedTime(float* milliseconds, CuEvent start, CuEvent end)
    {
        int calls = TestLibrary.Calls.Count(Timed.Contains);
        // Several algorithms take the library's time; the first is a little faster, so that there is one to take.
        *milliseconds = calls > _seen ? _library + 1e-3f * _measured : _native;
        (_seen, _measured) = (calls, _measured + 1);
        return CudaResult.Success;
    }
}
