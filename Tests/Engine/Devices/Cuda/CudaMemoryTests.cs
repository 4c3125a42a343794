using WrnEngine.Devices;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Tests.Kernels;

namespace WrnEngine.Tests.Engine.Devices.Cuda;

/// <summary>The arena at its ends: no memory left, and a capture under way.</summary>
[TestFixture(ArenaMode.Pooled)]
[TestFixture(ArenaMode.Separate)]
public sealed unsafe class CudaMemoryTests(ArenaMode arena) : SimulatedDeviceFixture
{
    private const long Mebibyte = 1 << 20;

    protected override ArenaMode Arena => arena;

    protected override SimulatorDriverOptions Options => new() { MemoryBytes = 256 * Mebibyte };

    [Test]
    public void OutOfMemorySaysWhatWasNeededAndWhatThereIs()
    {
        DeviceBuffer first = Device.Memory.Allocate(100 * Mebibyte), second = Device.Memory.Allocate(60 * Mebibyte);
        second.Release();
        DeviceMemoryException? e = Assert.Throws<DeviceMemoryException>(() => Device.Memory.Allocate(200 * Mebibyte));
        bool keeps = arena == ArenaMode.Pooled;
        Assert.That(e!.Message, Does.Match(
            @"^WrnEngine PTX simulator.* has no memory for a buffer of 200\.0 MiB: of its 256\.0 MiB "
            + (keeps ? @"9\d\.\d MiB are free, 160\.0 MiB" : @"15\d\.\d MiB are free, 100\.0 MiB")
            + @" are this program's, 100\.0 MiB of them in use \(160\.0 MiB at most so far\)$"));
        Assert.That((e.Needed, e.InUse, e.Peak, e.Total), Is.EqualTo((200 * Mebibyte, 100 * Mebibyte, 160 * Mebibyte, 256 * Mebibyte)));
        Assert.That(e.Reserved, Is.EqualTo((keeps ? 160 : 100) * Mebibyte));
        Assert.That(e.Free, Is.GreaterThan(90 * Mebibyte));

        // Nothing is lost: what was there is still there, and what fits is handed out.
        Assert.That((Device.Memory.LiveBuffers, Device.Memory.LiveBytes), Is.EqualTo((1, 100 * Mebibyte)));
        Device.Memory.Allocate(60 * Mebibyte).Release();
        first.Release();
    }

    [Test]
    public void AMissDuringACaptureIsAnError()
    {
        CudaApi api = Device.Context.Api;
        DeviceBuffer known = Device.Memory.Allocate(Mebibyte);
        Assert.That(Device.Context.IsCapturing, Is.False);
        api.Check(api.StreamBeginCapture(Device.Context.Stream, CudaCaptureMode.ThreadLocal), "cuStreamBeginCapture");
        Assert.That(Device.Context.IsCapturing, Is.True);
        if (arena == ArenaMode.Pooled) Device.Memory.Allocate(Mebibyte).Release(); // there is room in the slab
        Assert.That(
            () => Device.Memory.Allocate(80 * Mebibyte),
            Throws.InvalidOperationException.With.Message.StartsWith("a step that is being captured needs a buffer of 80.0 MiB for which the arena has no room"));

        // The error came before the driver was asked for memory, which would have spoilt the capture.
        CuGraph graph;
        api.Check(api.StreamEndCapture(Device.Context.Stream, &graph), "cuStreamEndCapture");
        api.Check(api.GraphDestroy(graph), "cuGraphDestroy");
        Device.Memory.Allocate(80 * Mebibyte).Release();
        known.Release();
    }
}
