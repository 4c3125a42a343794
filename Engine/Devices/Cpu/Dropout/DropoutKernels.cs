using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Dropout;

/// <summary>
/// Channels-last with a multiple of four pixels: four neighbouring pixels of a channel are one block of random words, so the lanes are
/// channels and the block's words serve four pixels. The range counts groups of four pixels.
/// </summary>
internal readonly unsafe struct DropoutPixelGroupsKernel(DropoutDraw draw, float* x, float* y, int channels, int pixels) : IRangeKernel
{
    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        uint groups = (uint)pixels / 4;
        for (long group = start; group < end; group++)
        {
            var (n, first) = Math.DivRem(group, groups);
            long offset = group * 4 * channels;
            VectorLoops.Elements<Group, V>(new(draw, draw.Sample(n), (uint)first, groups, x + offset, y + offset, channels), 0, channels);
        }
    }

    private readonly struct Group(DropoutDraw draw, uint sample, uint first, uint groups, float* x, float* y, nint channels) : IElementKernel
    {
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V>
        {
            // Element of pixel q in channel c: c * pixels + q; its block: c * groups + q / 4.
            var laneBlocks = V.MultiplyBits(V.LaneBits, V.CreateBits(groups)).Low;
            var (w0, w1, w2, w3) = draw.Words(V.AddBits(laneBlocks, V.CreateBits((uint)c * groups + first)), sample);
            draw.Apply(w0, x + c, y + c);
            draw.Apply(w1, x + channels + c, y + channels + c);
            draw.Apply(w2, x + 2 * channels + c, y + 2 * channels + c);
            draw.Apply(w3, x + 3 * channels + c, y + 3 * channels + c);
        }
    }
}

/// <summary>Channels-last with any number of pixels: a block for every element, of which one word is used. The range counts pixels.</summary>
internal readonly unsafe struct DropoutPixelsKernel(DropoutDraw draw, float* x, float* y, int channels, int pixels) : IRangeKernel
{
    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        for (long pixel = start; pixel < end; pixel++)
        {
            var (n, place) = Math.DivRem(pixel, pixels);
            long offset = pixel * channels;
            VectorLoops.Elements<Pixel, V>(new(draw, draw.Sample(n), (uint)place, (uint)pixels, x + offset, y + offset), 0, channels);
        }
    }

    private readonly struct Pixel(DropoutDraw draw, uint sample, uint place, uint pixels, float* x, float* y) : IElementKernel
    {
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V>
        {
            var laneElements = V.MultiplyBits(V.LaneBits, V.CreateBits(pixels)).Low;
            var elements = V.AddBits(laneElements, V.CreateBits((uint)c * pixels + place));
            var (w0, w1, w2, w3) = draw.Words(V.ShiftRightBits(elements, 2), sample);
            var word = elements & V.CreateBits(3);
            var low = V.Select(V.EqualBits(word, V.Zero), w0, w1);
            var high = V.Select(V.EqualBits(word, V.CreateBits(2)), w2, w3);
            draw.Apply(V.Select(V.LessThanBits(word, V.CreateBits(2)), low, high), x + c, y + c);
        }
    }
}

/// <summary>Logical order in memory: the lanes are blocks of four elements each. The range counts blocks; a sample starts a new one.</summary>
internal readonly unsafe struct DropoutRowsKernel(DropoutDraw draw, float* x, float* y, long elementsPerSample) : IRangeKernel
{
    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        long blocksPerSample = (elementsPerSample + 3) / 4;
        float* byWord = stackalloc float[4 * V.Count], inOrder = stackalloc float[4 * V.Count];
        while (start < end)
        {
            var (n, block) = Math.DivRem(start, blocksPerSample);
            int blocks = (int)Math.Min(V.Count, Math.Min(end - start, blocksPerSample - block));
            var (w0, w1, w2, w3) = draw.Words(V.AddBits(V.LaneBits, V.CreateBits((uint)block)), draw.Sample(n));
            w0.Store(byWord);
            w1.Store(byWord + V.Count);
            w2.Store(byWord + 2 * V.Count);
            w3.Store(byWord + 3 * V.Count);
            for (int i = 0; i < blocks; i++)
                for (int word = 0; word < 4; word++) inOrder[4 * i + word] = byWord[word * V.Count + i];
            long first = n * elementsPerSample + 4 * block;
            nint count = (nint)Math.Min(4L * blocks, elementsPerSample - 4 * block);
            VectorLoops.Elements<Row, V>(new(draw, inOrder, x + first, y + first), 0, count);
            start += blocks;
        }
    }

    private readonly struct Row(DropoutDraw draw, float* words, float* x, float* y) : IElementKernel
    {
        public void Invoke<V>(nint i) where V : unmanaged, IVec<V> => draw.Apply(V.Load(words + i), x + i, y + i);
    }
}
