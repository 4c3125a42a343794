using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Elementwise;

/// <summary>Range of pixels: the channels that both sides have are copied or added, the others of y are zeros.</summary>
internal readonly unsafe struct ResizeChannelsKernel(float* x, int from, float* y, int to, bool accumulate) : IRangeKernel
{
    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        int common = Math.Min(from, to);
        for (long pixel = start; pixel < end; pixel++)
        {
            float* source = x + pixel * from, target = y + pixel * to;
            if (accumulate)
            {
                VectorLoops.Elements<AddTo, V>(new(source, target), 0, common);
                continue;
            }

            new ReadOnlySpan<float>(source, common).CopyTo(new Span<float>(target, common));
            new Span<float>(target + common, to - common).Clear();
        }
    }

    private readonly struct AddTo(float* x, float* y) : IElementKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V> => (V.Load(y + c) + V.Load(x + c)).Store(y + c);
    }
}
