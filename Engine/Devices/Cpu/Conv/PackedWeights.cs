using WrnEngine.Devices.Cpu.Gemm;

namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>The weights of one correlation as panels: per panel of target channels, tap by tap and source channel by source channel.</summary>
internal static unsafe class PackedWeights
{
    /// <summary>Packs weight [outC, kH, kW, inC] for the forward pass: its rows are already in the order of k.</summary>
    public static void PackForward(CpuDevice device, in Conv2dShape shape, float* weight, float* packed)
    {
        var panels = new Panels(shape.OutChannels);
        int k = shape.KernelH * shape.KernelW * shape.InChannels, chunks = Chunks(k);
        device.Team.For(panels.Count * chunks, part =>
        {
            int panel = part / chunks, chunk = part % chunks;
            PackB.Pack(weight, 1, k, panels, panel, (int)((long)k * chunk / chunks), (int)((long)k * (chunk + 1) / chunks), packed + Panels.OffsetOf(panel, k));
        });
    }

    /// <summary>Packs the taps of one phase of the backward-input pass, reversed: k runs over (tH, tW, outC), the columns are inC.</summary>
    public static void PackBackwardInput(CpuDevice device, Conv2dShape shape, int phaseH, int phaseW, Correlation c, float* weight, float* packed)
    {
        var panels = new Panels(shape.InChannels);
        int taps = c.TapsH * c.TapsW;
        device.Team.For(panels.Count * taps, part =>
        {
            int panel = part / taps, tap = part % taps;
            int kernelRow = phaseH + shape.StrideH * (c.TapsH - 1 - tap / c.TapsW);
            int kernelColumn = phaseW + shape.StrideW * (c.TapsW - 1 - tap % c.TapsW);
            float* source = weight + ((long)kernelRow * shape.KernelW + kernelColumn) * shape.InChannels;
            long outStride = (long)shape.KernelH * shape.KernelW * shape.InChannels;
            float* target = packed + Panels.OffsetOf(panel, c.K) + (long)tap * shape.OutChannels * panels.WidthOf(panel);
            PackB.Pack(source, outStride, 1, panels, panel, 0, shape.OutChannels, target);
        });
    }

    private static int Chunks(int k) => Math.Clamp(k / 256, 1, 16);
}
