using WrnEngine.Devices;
using WrnEngine.Devices.Cuda;
using WrnEngine.Devices.Cuda.CuBlas;
using WrnEngine.Devices.Cuda.CuDnn;
using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Engine.Devices.Cuda.Libraries;

/// <summary>Every call of cuDNN and cuBLAS, made to fail: the error says which, and nothing is left behind.</summary>
[Category("Kernels")]
[NonParallelizable]
public class LibraryFaultTests
{
    private static readonly Conv2dShape Shape = new(2, 4, 5, 5, 8, 3, 3, 1, 1, 1, 1);

    // What a table answers without being able to fail.
    private static readonly string[] Silent = ["cudnnGetVersion", "cudnnGetErrorString", "cudnnGetLastErrorString", "cublasGetStatusName", "cublasGetStatusString"];

    private static IEnumerable<string> Calls() => CuDnnApi.Symbols.ToArray().Concat(CuBlasApi.Symbols.ToArray().Select(s => s.Replace("_v2", ""))).Except(Silent);

    [SetUp]
    public void Reset()
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions());
        TestLibrary.Reset();
    }

    [Test]
    public void EveryCallIsMade()
    {
        RunEverything();
        Assert.That(TestLibrary.Calls.Distinct(), Is.EquivalentTo(Calls()));
        Assert.That(TestLibrary.Problems, Is.Empty);
        Assert.That(TestLibrary.LiveCount, Is.Zero);
    }

    [TestCaseSource(nameof(Calls))]
    public void AFailureIsNamedAndLeavesNothing(string call)
    {
        bool isCuBlas = call.StartsWith("cublas", StringComparison.Ordinal), destroys = call.Contains("Destroy", StringComparison.Ordinal);
        int status = isCuBlas ? (int)CuBlasStatus.ExecutionFailed : (int)CuDnnStatus.ExecutionFailed;
        // At its first time, and later, when other things are under way.
        foreach (int time in (int[])[1, 2])
        {
            TestLibrary.Reset();
            int times = 0;
            TestLibrary.Intercept = name => name == call && ++times == time ? status : 0;
            if (destroys)
            {
                RunEverything(); // what is let go of at the end has nobody to complain to
            }
            else
            {
                var error = Assert.Throws<CudaLibraryException>(RunEverything)!;
                Assert.That((error.Call, error.Status), Is.EqualTo((call, status)));
                string name = isCuBlas ? "CUBLAS_STATUS_EXECUTION_FAILED" : "CUDNN_STATUS_EXECUTION_FAILED";
                Assert.That(error.Message, Is.EqualTo($"{call} failed with {name} ({status}): the test wanted it so."));
            }

            Assert.That(TestLibrary.Problems, Is.Empty);
            Assert.That(TestLibrary.LiveCount, Is.Zero, "handles and descriptors");
            if (TestLibrary.Calls.Count(c => c == call) < 2) break; // made once only, as a handle is
        }
    }

    /// <summary>Opens a device, runs every op that has to do with the libraries, and closes it; buffers that are left fail the test.</summary>
    private static void RunEverything()
    {
        var options = new CudaOptions
        {
            Arena = ArenaMode.Separate, Libraries = TestLibrary.Both, Conv = Implementation.Cudnn, Norm = Implementation.Cudnn, Deterministic = true,
        };
        using var device = new CudaDevice(SimulatorDriver.Table, "ptxsim", options: options);
        int live = device.Memory.LiveBuffers;
        try
        {
            using var scope = new StepScope();
            Run(device);
        }
        finally
        {
            Assert.That(device.Memory.LiveBuffers, Is.EqualTo(live), "live buffers");
        }
    }

    private static void Run(CudaDevice device)
    {
        var data = TestData.For(nameof(LibraryFaultTests));
        Tensor Values(params int[] shape) => data.Uniform(new Shape(shape), 0.5, 1).ToTensor(device);
        Tensor x = Values(2, 4, 5, 5), y = Values(2, 8, 5, 5), weight = Values(8, 4, 3, 3), c4 = Values(4), c8 = Values(8);
        for (int i = 0; i < 2; i++)
        {
            device.Conv.Conv2dForward(Shape, x, weight, y, new ConvPrologue(c4, c4, true), new ConvEpilogue(Values(2, 8, 5, 5), new ChannelMoments(Values(8), Values(8))));
            device.Conv.Conv2dBackwardInput(Shape, y, weight, x, true, new ConvBackwardEpilogue(Values(2, 4, 5, 5), c4, c4, c4, true, Values(4), Values(4)));
            device.Conv.Conv2dBackwardWeight(Shape, x, y, weight, true, new ConvPrologue(c4, c4, true));
            device.Norm.BatchNormTraining(y, c8, c8, Values(8), Values(8), Values(8), Values(8), 0.1f, 1e-5f, true, Values(2, 8, 5, 5));
            device.Norm.BatchNormInference(y, c8, c8, c8, c8, 1e-5f, true, Values(2, 8, 5, 5));
            device.Norm.BatchNormBackward(y, Values(2, 8, 5, 5), c8, c8, c8, c8, true, Values(2, 8, 5, 5), false, Values(8), true, Values(8), false);
            device.MatMul.MatMul(Values(3, 5), false, Values(5, 7), false, Values(3, 7), true, Values(7));
        }
    }
}
