using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Elementwise;

/// <summary>y = op(a, b) row by row of y's stored order, with a and b at the strides of a walk.</summary>
internal readonly unsafe struct BroadcastKernel<TOp>(AxisWalk walk, float* a, float* b, float* y) : IRangeKernel where TOp : struct, IBinaryOp
{
    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        int length = walk.RowLength;
        long strideA = walk.StridesA[^1], strideB = walk.StridesB[^1];
        while (start < end)
        {
            // A part may begin and end inside a row.
            (long row, long first) = Math.DivRem(start, length);
            nint count = (nint)Math.Min(length - first, end - start);
            var (offsetA, offsetB) = walk.RowOffsets(row);
            float* rowA = a + offsetA + first * strideA, rowB = b + offsetB + first * strideB, rowY = y + start;
            switch (strideA, strideB)
            {
                case (1, 1): VectorLoops.Elements<BinaryKernel<TOp>, V>(new(rowA, rowB, rowY), 0, count); break;
                case (1, 0): VectorLoops.Elements<BinaryRightScalarKernel<TOp>, V>(new(rowA, *rowB, rowY), 0, count); break;
                case (0, 1): VectorLoops.Elements<BinaryLeftScalarKernel<TOp>, V>(new(*rowA, rowB, rowY), 0, count); break;
                default:
                    for (nint i = 0; i < count; i++)
                        TOp.Invoke(Vec1.Load(rowA + i * strideA), Vec1.Load(rowB + i * strideB)).Store(rowY + i);
                    break;
            }
            start += count;
        }
    }
}
