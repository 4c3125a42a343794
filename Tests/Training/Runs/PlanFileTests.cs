using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Cuda;
using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Tensors;
using WrnEngine.Tests.Engine.Devices.Cuda.Libraries;
using WrnEngine.Tests.Training.Checkpoints;
using WrnEngine.Training;
using WrnEngine.Training.Runs;

namespace WrnEngine.Tests.Training.Runs;

/// <summary>plan.json: written when an op is decided, read back when a run goes on.</summary>
public class PlanFileTests : LibraryFixture
{
    private readonly List<string> _notices = [];

    [SetUp]
    public void ForgetNotices() => _notices.Clear();

    [Test]
    public void ARunThatGoesOnTakesWhatItTookBefore()
    {
        using var folder = new ScratchFolder();
        Open(new CudaOptions());
        PlanFile.Keep(Device, folder.Path, before: null, _notices.Add);
        Assert.That(folder.Content, Is.Empty, "nothing is decided yet");
        Multiply(Device);
        Assert.That(folder.Content, Is.EqualTo(new[] { PlanFile.FileName }));
        var first = Device.Plan!.Entries.Single();
        Assert.That(File.ReadAllText(folder[PlanFile.FileName]), Does.Contain("cuDNN 9.6.0, cuBLAS 12.6.4").And.Contain("matmul f32 3x7x5").And.Contain("milliseconds"));

        using var next = new ScratchFolder();
        Open(new CudaOptions());
        PlanFile.Keep(Device, next.Path, folder.Path, _notices.Add);
        var taken = Device.Plan!.Entries.Single();
        Assert.That((taken.Op, taken.Take), Is.EqualTo((first.Op, first.Take)));
        Assert.That(taken.Timings, Is.EqualTo(first.Timings));
        Assert.That(File.ReadAllText(next[PlanFile.FileName]), Is.EqualTo(File.ReadAllText(folder[PlanFile.FileName])), "it goes along");
        Assert.That(_notices, Is.Empty);
    }

    [Test]
    public void APlanOfAnotherMachineIsNotFollowed()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(
            folder[PlanFile.FileName],
            """{ "device": "Another GPU", "libraries": "cuDNN 9.1.0", "choices": [ { "op": "matmul f32 3x7x5", "take": "native", "milliseconds": {} } ] }""");
        Open(new CudaOptions());
        PlanFile.Keep(Device, folder.Path, folder.Path, _notices.Add);
        Assert.That(Device.Plan!.Entries, Is.Empty);
        Assert.That(_notices.Single(), Does.Contain("plan.json was measured on Another GPU with cuDNN 9.1.0").And.Contain("measured again"));
    }

    [TestCase("", "no plan of algorithms")]
    [TestCase("{}", "no plan of algorithms")]
    [TestCase("""{ "device": "d", "libraries": "l", "choices": [ { "op": "o", "take": "cudnn one fma", "milliseconds": {} } ] }""", "'cudnn one fma' names no way")]
    [TestCase("""{ "device": "d", "libraries": "l", "choices": [ { "op": "o", "take": "native" } ] }""", "no plan of algorithms")]
    public void ADamagedPlanIsBadData(string content, string why)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder[PlanFile.FileName], content);
        Open(new CudaOptions());
        var e = Assert.Throws<UserException>(() => PlanFile.Keep(Device, folder.Path, folder.Path, _notices.Add))!;
        Assert.That(e.ExitCode, Is.EqualTo(ExitCode.BadData));
        Assert.That(e.Message, Does.StartWith(folder[PlanFile.FileName]).And.Contain(why).And.Contain("remove it to measure again"));
    }

    [Test]
    public void WithoutLibrariesThereIsNoPlan()
    {
        using var folder = new ScratchFolder();
        Open(new CudaOptions { Conv = Implementation.Native, Norm = Implementation.Native });
        PlanFile.Keep(Device, folder.Path, folder.Path, _notices.Add);
        Multiply(Device);
        using (var cpu = new CpuDevice(1)) PlanFile.Keep(cpu, folder.Path, folder.Path, _notices.Add);
        Assert.That(folder.Content, Is.Empty);
    }

    [TestCase("native")]
    [TestCase("cublas")]
    [TestCase("cudnn")]
    [TestCase("cudnn 1 fma")]
    [TestCase("cudnn 7 tensor-op")]
    public void WaysHaveNames(string text) => Assert.That(AlgorithmPlan.IsWay(text), Is.True);

    [TestCase("")]
    [TestCase("cudnn 1")]
    [TestCase("cudnn -1 fma")]
    [TestCase("cudnn 1 fma x")]
    [TestCase("cudnn 1 fast")]
    public void OtherTextsAreNoWays(string text) => Assert.That(AlgorithmPlan.IsWay(text), Is.False);

    private static void Multiply(CudaDevice device)
    {
        var (a, b, c) = (Tensor.Full([3, 5], 1, device), Tensor.Full([5, 7], 1, device), Tensor.Empty([3, 7], device));
        device.MatMul.MatMul(a, false, b, false, c, accumulate: false);
        Assert.That(c.ToArray<float>(), Has.All.EqualTo(5f));
    }
}
