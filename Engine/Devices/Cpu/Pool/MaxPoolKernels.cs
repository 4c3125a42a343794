using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Pool;

/// <summary>Range of output pixels: the maximum of each window and its place. A NaN counts as larger than every number; the first one wins.</summary>
internal readonly unsafe struct MaxPoolKernel(Pool2dShape shape, float* x, float* y, float* index) : IRangeKernel
{
    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        var s = shape;
        for (long pixel = start; pixel < end; pixel++)
        {
            var (n, oh, ow) = PoolGeometry.Pixel(pixel, s.OutH, s.OutW);
            var (firstH, endH) = PoolGeometry.Window(oh, s.StrideH, s.PaddingH, s.KernelH, s.H);
            var (firstW, endW) = PoolGeometry.Window(ow, s.StrideW, s.PaddingW, s.KernelW, s.W);
            var window = new Window(x + n * s.H * s.W * s.Channels, s.W, s.Channels, firstH, endH, firstW, endW,
                y + pixel * s.Channels, index + pixel * s.Channels);
            VectorLoops.Elements<Window, V>(window, 0, s.Channels);
        }
    }

    private readonly struct Window(
        float* image, int width, int channels, int firstH, int endH, int firstW, int endW, float* y, float* index) : IElementKernel
    {
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V>
        {
            var best = V.Create(float.NegativeInfinity);
            var place = V.CreateBits((uint)(firstH * width + firstW));
            for (int h = firstH; h < endH; h++)
                for (int w = firstW; w < endW; w++)
                {
                    int pixel = h * width + w;
                    var value = V.Load(image + (long)pixel * channels + c);
                    // Ordered and not larger: keep. A NaN that is already there stays, since every comparison with it fails after it won.
                    var keep = V.LessOrEqual(value, best) | IsNaN(best);
                    best = V.Select(keep, best, value);
                    place = V.Select(keep, place, V.CreateBits((uint)pixel));
                }
            best.Store(y + c);
            place.Store(index + c);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static V IsNaN<V>(V v) where V : unmanaged, IVec<V> => V.Equal(v, v) ^ V.CreateBits(uint.MaxValue);
    }
}

/// <summary>Range of input pixels: each collects the gradients of the windows whose maximum it was.</summary>
internal readonly unsafe struct MaxPoolBackwardKernel(Pool2dShape shape, float* index, float* gradY, float* gradX, bool accumulate) : IRangeKernel
{
    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        var s = shape;
        for (long pixel = start; pixel < end; pixel++)
        {
            var (n, h, w) = PoolGeometry.Pixel(pixel, s.H, s.W);
            var (firstH, endH) = PoolGeometry.Covering(h, s.StrideH, s.PaddingH, s.KernelH, s.OutH);
            var (firstW, endW) = PoolGeometry.Covering(w, s.StrideW, s.PaddingW, s.KernelW, s.OutW);
            long outputs = n * s.OutH * s.OutW * s.Channels;
            var gather = new Gather(index + outputs, gradY + outputs, h * s.W + w, s.OutW, s.Channels, firstH, endH, firstW, endW,
                accumulate, gradX + pixel * s.Channels);
            VectorLoops.Elements<Gather, V>(gather, 0, s.Channels);
        }
    }

    private readonly struct Gather(
        float* index, float* gradY, int place, int outW, int channels, int firstH, int endH, int firstW, int endW, bool accumulate, float* gradX) : IElementKernel
    {
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V>
        {
            var sum = accumulate ? V.Load(gradX + c) : V.Zero;
            var self = V.CreateBits((uint)place);
            for (int oh = firstH; oh < endH; oh++)
                for (int ow = firstW; ow < endW; ow++)
                {
                    long offset = ((long)oh * outW + ow) * channels + c;
                    var isMaximum = V.EqualBits(V.Load(index + offset), self);
                    sum += V.Select(isMaximum, V.Load(gradY + offset), V.Zero);
                }
            sum.Store(gradX + c);
        }
    }
}
