using WrnEngine.Devices.Cpu.Gemm;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>
/// U = G g G^T for all filters: per panel of target channels, per plane a matrix [source channels, width] that the micro-kernel reads
/// as it lies. It starts from the weights packed for a direct correlation, so that forward and backward passes are the same here.
/// </summary>
internal static unsafe class FilterTransform<S> where S : IScheme
{
    private const int ChannelsPerPart = 16;

    /// <summary>Floats of the result.</summary>
    public static long Length(int sourceChannels, int targetChannels) => new Panels(targetChannels).PackedLength(Scheme.FilterPlanes<S>() * sourceChannels);

    /// <summary>Where a panel starts.</summary>
    public static long OffsetOf(int panel, int sourceChannels) => Panels.OffsetOf(panel, Scheme.FilterPlanes<S>() * sourceChannels);

    /// <summary>Transforms packed weights: per panel [3, 3, source channels, width].</summary>
    public static void Run(CpuDevice device, float* packed, int sourceChannels, int targetChannels, float* values)
    {
        var panels = new Panels(targetChannels);
        int pieces = (sourceChannels + ChannelsPerPart - 1) / ChannelsPerPart;
        device.Team.For(panels.Count * pieces, part =>
        {
            int panel = part / pieces, start = part % pieces * ChannelsPerPart, width = panels.WidthOf(panel);
            VectorLoops.Run(
                new Kernel(
                    packed + Panels.OffsetOf(panel, Scheme.TapCount * sourceChannels), values + OffsetOf(panel, sourceChannels), sourceChannels, width),
                start, Math.Min(sourceChannels, start + ChannelsPerPart));
        });
    }

    private readonly struct Kernel(float* packed, float* values, int sourceChannels, int width) : IRangeKernel
    {
        public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
        {
            float* room = stackalloc float[S.Filters * Scheme.Taps * Scheme.Lanes + Scheme.Lanes], temporary = Scheme.Aligned(room);
            nint planeStride = (nint)sourceChannels * width, pitch = Scheme.Taps * V.Count;
            for (long channel = start; channel < end; channel++)
                for (int column = 0; column < width; column += V.Count)
                {
                    float* g = packed + channel * width + column, u = values + channel * width + column;
                    for (int s = 0; s < Scheme.Taps; s++)
                        S.Filter<V, MemoryLine<V>, MemoryLine<V>>(
                            new MemoryLine<V>(g + s * planeStride, Scheme.Taps * planeStride), new MemoryLine<V>(temporary + s * V.Count, pitch));
                    for (int i = 0; i < S.Filters; i++)
                        S.Filter<V, MemoryLine<V>, MemoryLine<V>>(
                            new MemoryLine<V>(temporary + i * pitch, V.Count), new MemoryLine<V>(u + i * S.Filters * planeStride, planeStride));
                }
        }
    }
}
