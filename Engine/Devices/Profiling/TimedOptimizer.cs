using System.Diagnostics;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Profiling;

/// <summary>Takes the time of each parameter update; by hand, for a proxy cannot pass spans.</summary>
internal sealed class TimedOptimizer(IOptimizerOps inner, ProfiledDevice device) : IOptimizerOps
{
    public void SgdStep(ReadOnlySpan<SgdSlot> slots, in SgdSettings settings)
    {
        double bytes = 0;
        long elements = 0;
        foreach (var slot in slots)
        {
            elements += slot.Parameter.Numel;
            bytes += slot.Parameter.SizeInBytes + slot.Grad.SizeInBytes + (slot.MomentumBuffer?.SizeInBytes ?? 0);
        }

        var timing = device.TimingOf(nameof(SgdStep), $"{slots.Length} parameters", flops: 0, bytes, elements);
        long start = Stopwatch.GetTimestamp();
        inner.SgdStep(slots, settings);
        device.Finish(timing, start);
    }

    public void KeepResult(Tensor loss, Tensor correct, DeviceScalar<uint> step, Tensor results)
    {
        var timing = device.TimingOf(nameof(KeepResult), $"{results.Shape}", flops: 0, bytes: 16, elements: 1);
        long start = Stopwatch.GetTimestamp();
        inner.KeepResult(loss, correct, step, results);
        device.Finish(timing, start);
    }
}
