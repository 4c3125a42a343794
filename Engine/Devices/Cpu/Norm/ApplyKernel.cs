using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Norm;

/// <summary>The per-channel numbers of a batch norm, each laid out over a tile.</summary>
/// <param name="Mean">Subtracted from x.</param>
/// <param name="Scale">invStd * weight.</param>
/// <param name="Bias">Added at the end.</param>
internal readonly unsafe record struct AffineTiles(nint Mean, nint Scale, nint Bias)
{
    /// <summary>(x - mean) * scale + bias: the forward pass and the backward pass's mask compute the same bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Normalize<V>(V deviation, nint i) where V : unmanaged, IVec<V> =>
        V.MultiplyAdd(deviation, V.Load((float*)Scale + i), V.Load((float*)Bias + i));

    /// <summary>x - mean.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Deviation<V>(V x, nint i) where V : unmanaged, IVec<V> => x - V.Load((float*)Mean + i);
}

/// <summary>y = (x - mean) * scale + bias, then ReLU if asked, tile by tile.</summary>
internal readonly unsafe struct ApplyKernel(ChannelTile tile, float* x, AffineTiles affine, bool relu, float* y) : IRangeKernel
{
    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        int length = tile.Length;
        for (; start < end; start += length)
            VectorLoops.Elements<Row, V>(new(x + start, affine, relu, y + start), 0, (nint)Math.Min(length, end - start));
    }

    private readonly struct Row(float* x, AffineTiles affine, bool relu, float* y) : IElementKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<V>(nint i) where V : unmanaged, IVec<V>
        {
            var z = affine.Normalize(affine.Deviation(V.Load(x + i), i), i);
            if (relu) z = VectorMath.Relu(z);
            z.Store(y + i);
        }
    }
}
