using System.Text.RegularExpressions;
using WrnEngine.Devices;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Models;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Tests.Training.Data.Decoding;
using WrnEngine.Training;

namespace WrnEngine.Tests.Training;

/// <summary>A device that fails, or has no more memory, in the middle of a command: one sentence, exit code 7, nothing lost.</summary>
[Category("Training")]
[NonParallelizable]
public sealed class DeviceFaultTests
{
    private static readonly string[] Network = ["--depth", "10", "--k", "1", "--device", "ptxsim"];

    private static readonly string[] Train =
        [.. Network, "-b", "2", "--dataset", "folder", "--save-every", "1", "--max-steps", "2"];

    [SetUp]
    public void Start() => SimulatorDriver.Reset(new SimulatorDriverOptions());

    [TearDown]
    public void End() => SimulatorDriver.Reset(new SimulatorDriverOptions());

    [TestCase("cuLaunchKernel", CudaResult.IllegalAddress, @"cuLaunchKernel\(\w+, grid \(.*\), block \(.*\)\)", "CUDA_ERROR_ILLEGAL_ADDRESS (700)")]
    [TestCase("cuStreamSynchronize", CudaResult.LaunchFailed, "cuStreamSynchronize", "CUDA_ERROR_LAUNCH_FAILED (719)")]
    [TestCase("cuMemcpyDtoHAsync", CudaResult.LaunchTimeout, "cuMemcpyDtoHAsync", "CUDA_ERROR_LAUNCH_TIMEOUT (702)")]
    public void AStickyErrorKeepsTheLastCheckpoint(string entry, CudaResult result, string call, string code)
    {
        using var folder = new TempFolder();
        string checkpoint = folder["run/last.safetensors"];
        byte[]? kept = null;
        SimulatorDriver.Intercept = name =>
        {
            // Once a call has failed the context is broken: everything that needs it fails in the same way.
            if (kept is null && name == entry && File.Exists(checkpoint)) kept = File.ReadAllBytes(checkpoint);
            bool needsContext = name is not ("cuGetErrorName" or "cuGetErrorString" or "cuCtxSetCurrent" or "cuDevicePrimaryCtxRelease");
            return kept is not null && needsContext ? result : CudaResult.Success;
        };
        var (exitCode, _, error) = Wrn.Run([.. Train, "--data-dir", Images(folder), "--output", folder["run"]]);
        SimulatorDriver.Intercept = null;
        Assert.That(exitCode, Is.EqualTo(ExitCode.DeviceFault), error);
        Assert.That(error, Does.Match($"^wrn: {call} failed with {Regex.Escape(code)}: .*; the last checkpoint is kept: {Regex.Escape(checkpoint)}\\.\n$"));
        Assert.That(error, Does.Contain("CUDA_LAUNCH_BLOCKING=1"));
        Assert.That(File.ReadAllBytes(checkpoint), Is.EqualTo(kept));

        (exitCode, _, error) = Wrn.Run([.. Train, "--data-dir", Images(folder), "--resume", folder["run"]]);
        Assert.That(exitCode, Is.EqualTo(ExitCode.Ok), error);
    }

    [Test]
    public void AFaultBeforeTheFirstCheckpointSaysSo()
    {
        using var folder = new TempFolder();
        int launches = 0;
        SimulatorDriver.Intercept = name => name == "cuLaunchKernel" && ++launches == 200 ? CudaResult.NotPermitted : CudaResult.Success;
        var (exitCode, _, error) = Wrn.Run([.. Train, "--data-dir", Images(folder), "--output", folder["run"]]);
        Assert.That(exitCode, Is.EqualTo(ExitCode.DeviceFault), error);
        Assert.That(error, Does.Match(@"^wrn: cuLaunchKernel\(.*\) failed with CUDA_ERROR_NOT_PERMITTED \(800\): not permitted; no checkpoint had been written yet\.\n$"));
    }

    [Test]
    public void OutOfMemoryNamesWhatThereIsAndTheBatchThatFits()
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions { MemoryBytes = 100 << 20 });
        var (exitCode, _, error) = Wrn.Run(["bench", .. Network, "--image-size", "8", "-b", "20000"]);
        Assert.That(exitCode, Is.EqualTo(ExitCode.DeviceFault), error);
        Assert.That(error, Does.Match(
            @"^wrn: WrnEngine PTX simulator \(sm_80\) has no memory for a buffer of [\d.]+ MiB: of its 100\.0 MiB [\d.]+ MiB are free, [\d.]+ MiB are this program's, "
            + @"[\d.]+ MiB of them in use \([\d.]+ MiB at most so far\); the largest batch that fits is about (\d+): give -b \1\.\n$"));
    }

    /// <summary>Steps of the simulator's memory without its arithmetic: what is said to fit does, and twice as much does not.</summary>
    [TestCase(160, 8, true)]
    [TestCase(160, 8, false)]
    [TestCase(8000, 32, true)]
    public void TheBatchThatFitsDoes(int mebibytes, int side, bool trains)
    {
        const int TooLarge = 300_000;
        var network = new WideResNetOptions(10, 2);
        Assert.That(Try(TooLarge, out int batch), Is.False);
        TestContext.Out.WriteLine(batch);
        Assert.That(batch, Is.InRange(1, TooLarge / 2));
        Assert.That(Try(batch, out _), Is.True, $"{batch}");
        Assert.That(Try(2 * batch, out _), Is.False);

        bool Try(int images, out int largest)
        {
            SimulatorDriver.Reset(new SimulatorDriverOptions { MemoryBytes = (long)mebibytes << 20 });
            using var device = new CudaDevice(WithoutLaunches(), "cuda:0", options: new CudaOptions { Arena = ArenaMode.Pooled });
            var step = new StepSize(network, images, side, trains);
            largest = images;
            try
            {
                step.Measure(device, images);
                return true;
            }
            catch (DeviceMemoryException e)
            {
                largest = step.LargestBatch(device, e);
                return false;
            }
        }

        static unsafe CudaApi WithoutLaunches()
        {
            CudaApi api = SimulatorDriver.Table.Clone();
            api.LaunchKernel = DryRunDriver.Create(new CudaDeviceInfo(0, "", "", 8, 0, 0, 1)).LaunchKernel;
            return api;
        }
    }

    [Test]
    public void WhereNotOneImageFitsTheNetworkIsTooLarge()
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions { MemoryBytes = 64 << 20 });
        var (exitCode, _, error) = Wrn.Run(["bench", .. Network, "--image-size", "512", "--steps", "1", "-b", "2"]);
        Assert.That(exitCode, Is.EqualTo(ExitCode.DeviceFault), error);
        Assert.That(error, Does.EndWith("; not even a batch of one image fits, so take a smaller network.\n"));
    }

    /// <summary>Two classes of images of 8 x 8: made at once, and a step takes the simulator a moment.</summary>
    private static string Images(TempFolder folder)
    {
        foreach (string part in (string[])["train", "test"])
            for (byte i = 0; i < 8; i++) folder.Write($"images/{part}/{(i % 2 == 0 ? "even" : "odd")}/{i}.png", Png.Flat((byte)(20 * i), 100, 50));
        return folder["images"];
    }

    /// <summary>The dry run asks for as much memory as the step that it stands for.</summary>
    [Test]
    public void TheDryRunAsksForTheSameMemory()
    {
        using var real = new CudaDevice(SimulatorDriver.Table, "ptxsim", options: new CudaOptions { Arena = ArenaMode.Separate });
        using var dry = new CudaDevice(DryRunDriver.Create(real.Context.Info), "dry", options: new CudaOptions { Arena = ArenaMode.Separate });
        var step = new StepSize(new WideResNetOptions(10, 1), Batch: 3, Side: 8);
        Assert.That(step.Measure(dry, 3), Is.EqualTo(step.Measure(real, 3)));
        Assert.That(step.Measure(dry, 3).Most, Is.GreaterThan(step.Measure(dry, 3).Kept));
        Assert.That(dry.Context.Info.Name, Is.EqualTo(real.Context.Info.Name));
        Assert.That((dry.Memory.LiveBuffers, real.Memory.LiveBuffers), Is.EqualTo((0, 0)));
    }
}
