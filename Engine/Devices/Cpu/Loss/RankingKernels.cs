using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Loss;

/// <summary>Range of rows: the first largest class; a NaN counts as larger than every number.</summary>
internal readonly unsafe struct ArgMaxKernel(float* x, int columns, int* index) : IRangeKernel
{
    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        for (long row = start; row < end; row++)
        {
            float* p = x + row * columns;
            int best = 0;
            for (int c = 1; c < columns && !float.IsNaN(p[best]); c++)
                if (!(p[c] <= p[best])) best = c;
            index[row] = best;
        }
    }
}

/// <summary>Range of samples: 1 where the label ranks among the first k, ties counting against it, and 0 where not or where there is a NaN.</summary>
internal readonly unsafe struct TopKKernel(float* logits, int* labels, int classes, int k, int* hits) : IRangeKernel
{
    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        for (long n = start; n < end; n++)
        {
            float* row = logits + n * classes;
            int label = labels[n], ahead = 0;
            float own = row[label];
            bool valid = true;
            for (int c = 0; c < classes; c++)
            {
                valid &= !float.IsNaN(row[c]);
                if (row[c] > own || (row[c] == own && c < label)) ahead++;
            }
            hits[n] = valid && ahead < k ? 1 : 0;
        }
    }
}
