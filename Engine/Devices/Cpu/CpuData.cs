using WrnEngine.Devices.Cpu.Augment;
using WrnEngine.Devices.Cpu.Dropout;
using WrnEngine.Devices.Cpu.Simd;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu;

/// <summary>Dropout and augmentation with numbers from the counter-based generator: nothing is stored, and the numbers are the same on every device.</summary>
internal sealed unsafe class CpuData(CpuDevice device) : IDataOps
{
    /// <summary>Elements of a part: a random word costs as much as several memory accesses.</summary>
    private const int PartElements = VectorLoops.BlockSize / 4;

    public void Dropout(Tensor x, Tensor? sampleIndices, float p, in DropoutKey key, Tensor y, bool accumulate)
    {
        DropoutKey.Verify(p);
        if (x.Numel == 0) return;
        var draw = new DropoutDraw(key, p, sampleIndices is null ? null : (int*)sampleIndices.Address, accumulate);
        float* source = (float*)x.Address, target = (float*)y.Address;
        int samples = x.Rank == 0 ? 1 : x.Shape[0];
        if (StorageOrder.IsRowMajor(x.Shape))
        {
            long perSample = x.Numel / samples;
            VectorLoops.For(device.Team, samples * ((perSample + 3) / 4), PartElements / 4, new DropoutRowsKernel(draw, source, target, perSample));
            return;
        }
        int channels = x.Shape[1], pixels = x.Shape[2] * x.Shape[3];
        long total = (long)samples * pixels;
        if (pixels % 4 == 0)
            VectorLoops.For(device.Team, total / 4, Math.Max(1, PartElements / 4 / channels), new DropoutPixelGroupsKernel(draw, source, target, channels, pixels));
        else
            VectorLoops.For(device.Team, total, Math.Max(1, PartElements / channels), new DropoutPixelsKernel(draw, source, target, channels, pixels));
    }

    public void Augment(Tensor images, Tensor indices, Tensor mean, Tensor scale, in AugmentSettings settings, Tensor y)
    {
        settings.Verify(images.Shape);
        int count = images.Shape[0], channels = images.Shape[1], height = images.Shape[2], width = images.Shape[3];
        var chosen = new ReadOnlySpan<int>((int*)indices.Address, (int)indices.Numel);
        int bad = count == 0 ? 0 : chosen.IndexOfAnyExceptInRange(0, count - 1);
        if (bad >= 0 && !chosen.IsEmpty) throw new ArgumentException($"augment: index {chosen[bad]} at place {bad} is outside the {count} images", nameof(indices));
        var kernel = new AugmentKernel(
            (byte*)images.Address, (int*)indices.Address, (float*)mean.Address, (float*)scale.Address, settings, (float*)y.Address, channels, height, width);
        long perSample = Math.Max(1L, (long)channels * height * width);
        VectorLoops.For(device.Team, chosen.Length, Math.Max(1, PartElements / perSample), kernel);
    }
}
