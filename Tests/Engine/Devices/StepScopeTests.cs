using WrnEngine.Devices;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Engine.Devices;

/// <summary>Who owns a tensor, and when its memory returns.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
[LeakCheck]
public class StepScopeTests(TestDevice device) : DeviceFixture(device)
{
    [Test]
    public void AScopeReleasesWhatWasMadeInIt()
    {
        int before = Device.Memory.LiveBuffers;
        Tensor t;
        using (new StepScope())
        {
            t = Tensor.Zeros([4], Device);
            _ = Tensor.Zeros([5], Device);
            Assert.That(Device.Memory.LiveBuffers, Is.EqualTo(before + 2));
        }
        Assert.That(Device.Memory.LiveBuffers, Is.EqualTo(before));
        Assert.That(t.IsReleased, Is.True);
        Assert.That(() => t.ToArray<float>(), Throws.TypeOf<ObjectDisposedException>().With.Message.Contains("f32[4] was released"));
    }

    [Test]
    public void WhatIsKeptOutlivesTheScope()
    {
        Tensor kept;
        using (var scope = new StepScope())
        {
            _ = Tensor.Zeros([1], Device);
            kept = scope.Keep(Tensor.Full([2], 3, Device));
            _ = Tensor.Zeros([3], Device);
        }
        Assert.That(kept.ToArray<float>(), Is.EqualTo(new float[] { 3, 3 }));
        kept.Release();
    }

    [Test]
    public void TheInnermostScopeOwns()
    {
        using var outer = new StepScope();
        var first = Tensor.Zeros([1], Device);
        Tensor second;
        using (new StepScope()) second = Tensor.Zeros([1], Device);
        Assert.That((first.IsReleased, second.IsReleased), Is.EqualTo((false, true)));
    }

    [Test]
    public void ReleasingEarlyAndTwiceIsFine()
    {
        using var scope = new StepScope();
        var tensors = Enumerable.Range(0, 5).Select(i => Tensor.Zeros([i + 1], Device)).ToArray();
        int live = Device.Memory.LiveBuffers;
        tensors[1].Release();
        tensors[1].Release();
        tensors[4].Release();
        tensors[0].Release();
        Assert.That(Device.Memory.LiveBuffers, Is.EqualTo(live - 3));
    }

    [Test]
    public void AViewKeepsTheMemoryAlive()
    {
        using var scope = new StepScope();
        var t = Tensor.From([1f, 2f], [2], Device);
        var view = t.View([1, 2]);
        t.Release();
        Assert.That(view.ToArray<float>(), Is.EqualTo(new float[] { 1, 2 }));
    }

    [Test]
    public void ScopesMustCloseInOrder()
    {
        var outer = new StepScope();
        var inner = new StepScope();
        Assert.That(outer.Dispose, Throws.InvalidOperationException.With.Message.Contains("reverse order"));
#pragma warning disable IDISP017 // the order of closing is what is tested
        inner.Dispose();
        outer.Dispose();
#pragma warning restore IDISP017
        Assert.That(StepScope.Current, Is.Null);
    }

    [Test]
    public void TheMemoryCounts()
    {
        var memory = Device.Memory;
        long bytes = memory.LiveBytes;
        memory.ResetPeak();
        using (new StepScope())
        {
            _ = Tensor.Zeros([100], Device);
            _ = Tensor.Zeros([10], Device, DType.UInt8);
            Assert.That(memory.LiveBytes, Is.EqualTo(bytes + 410));
        }
        Assert.That(memory.LiveBytes, Is.EqualTo(bytes));
        Assert.That(memory.PeakBytes, Is.EqualTo(bytes + 410));
    }

    [Test]
    public void BuffersAreAligned()
    {
        using var scope = new StepScope();
        for (int size = 1; size < 300; size += 37)
            Assert.That(Tensor.Zeros([size], Device, DType.UInt8).Address % DeviceMemory.Alignment, Is.EqualTo((nint)0));
    }
}
