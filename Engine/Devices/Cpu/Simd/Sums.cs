namespace WrnEngine.Devices.Cpu.Simd;

/// <summary>Sums of float32 values that stay accurate however long they are.</summary>
internal static unsafe class Sums
{
    /// <summary>Values added in float32 before they go on in double: with four registers, few additions follow one another.</summary>
    private const int Block = 4096;

    /// <summary>The sum of a row.</summary>
    public static double Row<V>(float* x, nint count) where V : unmanaged, IVec<V>
    {
        double sum = 0;
        for (nint done = 0; done < count; done += Block) sum += BlockSum<V>(x + done, Math.Min(Block, count - done));
        return sum;
    }

    /// <summary>target[i] += x[i].</summary>
    public static void AddTo<V>(float* x, nint count, double* target) where V : unmanaged, IVec<V>
    {
        nint i = 0;
        for (; i <= count - V.Count; i += V.Count) V.Load(x + i).AddTo(target + i);
        for (; i < count; i++) target[i] += x[i];
    }

    private static double BlockSum<V>(float* x, nint count) where V : unmanaged, IVec<V>
    {
        V s0 = V.Zero, s1 = V.Zero, s2 = V.Zero, s3 = V.Zero;
        nint i = 0;
        for (; i <= count - 4 * V.Count; i += 4 * V.Count)
        {
            s0 += V.Load(x + i);
            s1 += V.Load(x + i + V.Count);
            s2 += V.Load(x + i + 2 * V.Count);
            s3 += V.Load(x + i + 3 * V.Count);
        }
        for (; i <= count - V.Count; i += V.Count) s0 += V.Load(x + i);
        double sum = ((s0 + s1) + (s2 + s3)).SumAcross();
        for (; i < count; i++) sum += x[i];
        return sum;
    }
}
