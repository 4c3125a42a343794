using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Pool;

/// <summary>
/// Range of output pixels: the window's pixels, each a run of all channels, are added to the output four at a time, so memory is read in
/// order also when the window is the whole image.
/// </summary>
internal readonly unsafe struct AveragePoolKernel(Pool2dShape shape, float* x, float* y) : IRangeKernel
{
    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        var s = shape;
        float factor = 1f / ((float)s.KernelH * s.KernelW);
        for (long pixel = start; pixel < end; pixel++)
        {
            var (n, oh, ow) = PoolGeometry.Pixel(pixel, s.OutH, s.OutW);
            var (firstH, endH) = PoolGeometry.Window(oh, s.StrideH, s.PaddingH, s.KernelH, s.H);
            var (firstW, endW) = PoolGeometry.Window(ow, s.StrideW, s.PaddingW, s.KernelW, s.W);
            float* target = y + pixel * s.Channels, image = x + n * s.H * s.W * s.Channels;
            new Span<float>(target, s.Channels).Clear();
            // A window as wide as the image is one run of pixels.
            bool wholeRows = endW - firstW == s.W;
            int runs = wholeRows ? Math.Min(1, endH - firstH) : endH - firstH;
            int pixels = (wholeRows ? endH - firstH : 1) * (endW - firstW);
            for (int run = 0; run < runs; run++)
                AddPixels<V>(image + ((long)(firstH + run) * s.W + firstW) * s.Channels, pixels, s.Channels, target);
            VectorLoops.Elements<Scale, V>(new(target, factor), 0, s.Channels);
        }
    }

    private static void AddPixels<V>(float* x, int pixels, int channels, float* sum) where V : unmanaged, IVec<V>
    {
        for (; pixels >= 4; pixels -= 4, x += 4L * channels) VectorLoops.Elements<FourPixels, V>(new(x, channels, sum), 0, channels);
        for (; pixels > 0; pixels--, x += channels) VectorLoops.Elements<OnePixel, V>(new(x, sum), 0, channels);
    }

    private readonly struct FourPixels(float* x, nint channels, float* sum) : IElementKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V>
        {
            float* p = x + c;
            var four = (V.Load(p) + V.Load(p + channels)) + (V.Load(p + 2 * channels) + V.Load(p + 3 * channels));
            (V.Load(sum + c) + four).Store(sum + c);
        }
    }

    private readonly struct OnePixel(float* x, float* sum) : IElementKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V> => (V.Load(sum + c) + V.Load(x + c)).Store(sum + c);
    }

    private readonly struct Scale(float* y, float factor) : IElementKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V> => (V.Load(y + c) * V.Create(factor)).Store(y + c);
    }
}

/// <summary>Range of input pixels: each collects from the windows that cover it.</summary>
internal readonly unsafe struct AveragePoolBackwardKernel(Pool2dShape shape, float* gradY, float* gradX, bool accumulate) : IRangeKernel
{
    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        var s = shape;
        float factor = 1f / ((float)s.KernelH * s.KernelW);
        for (long pixel = start; pixel < end; pixel++)
        {
            var (n, h, w) = PoolGeometry.Pixel(pixel, s.H, s.W);
            var (firstH, endH) = PoolGeometry.Covering(h, s.StrideH, s.PaddingH, s.KernelH, s.OutH);
            var (firstW, endW) = PoolGeometry.Covering(w, s.StrideW, s.PaddingW, s.KernelW, s.OutW);
            var gather = new Gather(gradY + n * s.OutH * s.OutW * s.Channels, s.OutW, s.Channels, firstH, endH, firstW, endW,
                factor, accumulate, gradX + pixel * s.Channels);
            VectorLoops.Elements<Gather, V>(gather, 0, s.Channels);
        }
    }

    private readonly struct Gather(
        float* gradY, int outW, int channels, int firstH, int endH, int firstW, int endW, float factor, bool accumulate, float* gradX) : IElementKernel
    {
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V>
        {
            var sum = V.Zero;
            for (int oh = firstH; oh < endH; oh++)
                for (int ow = firstW; ow < endW; ow++) sum += V.Load(gradY + ((long)oh * outW + ow) * channels + c);
            sum *= V.Create(factor);
            (accumulate ? V.Load(gradX + c) + sum : sum).Store(gradX + c);
        }
    }
}
