using WrnEngine.Devices.Cpu.Dropout;
using WrnEngine.Devices.Cpu.Simd;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu;

/// <summary>Dropout with masks from the counter-based generator: nothing is stored, and the mask is the same on every device.</summary>
internal sealed unsafe class CpuData(CpuDevice device) : IDataOps
{
    /// <summary>Elements of a part: a random word costs as much as several memory accesses.</summary>
    private const int PartElements = VectorLoops.BlockSize / 4;

    public void Dropout(Tensor x, Tensor? sampleIndices, float p, in DropoutKey key, Tensor y, bool accumulate)
    {
        if (!(p >= 0 && p <= 1)) throw new ArgumentOutOfRangeException(nameof(p), $"the dropout probability is {p}; it must be from 0 to 1");
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
}
