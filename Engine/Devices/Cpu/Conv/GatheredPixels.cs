using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>
/// The pixels that a 1x1 convolution reads, side by side, with the prologue applied: it reads each of them once per block of output channels, and
/// of a larger stride most pixels never. What is left is a convolution of stride 1 without a prologue, which needs no copies of its own.
/// </summary>
internal sealed unsafe class GatheredPixels : IDisposable
{
    private readonly DeviceBuffer _buffer;

    /// <summary>Gathers from <paramref name="x"/>.</summary>
    public GatheredPixels(CpuDevice device, in Conv2dShape shape, float* x, in ConvPrologue prologue)
    {
        _buffer = device.Memory.Allocate((long)shape.N * shape.OutH * shape.OutW * shape.InChannels * sizeof(float));
        Shape = shape with { H = shape.OutH, W = shape.OutW, StrideH = 1, StrideW = 1 };
        VectorLoops.For(device.Team, (long)shape.N * shape.OutH, 1, new Rows(shape, x, new ChannelAffine(prologue), (float*)_buffer.Address));
    }

    /// <summary>The convolution that is left.</summary>
    public Conv2dShape Shape { get; }

    /// <summary>[N, OutH, OutW, inC].</summary>
    public float* Pixels => (float*)_buffer.Address;

    /// <summary>Whether gathering is worth its pass over the pixels.</summary>
    public static bool Helps(in Conv2dShape s, in ConvPrologue prologue) =>
        s is { KernelH: 1, KernelW: 1, PaddingH: 0, PaddingW: 0 } && (s.StrideH > 1 || s.StrideW > 1 || !prologue.IsNone);

    /// <summary>Returns the memory.</summary>
    public void Dispose() => _buffer.Release();

    private readonly struct Rows(Conv2dShape s, float* x, ChannelAffine affine, float* pixels) : IRangeKernel
    {
        public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
        {
            int channels = s.InChannels;
            for (long row = start; row < end; row++)
            {
                float* from = x + (row / s.OutH * s.H + row % s.OutH * s.StrideH) * s.W * channels, to = pixels + row * s.OutW * channels;
                for (int column = 0; column < s.OutW; column++, from += (nint)s.StrideW * channels, to += channels)
                    affine.ApplyPixel<V>(from, to, channels);
            }
        }
    }
}
