namespace WrnEngine.Kernels;

/// <summary>How a product is computed on tensor cores; the accumulator is float32 in both.</summary>
public enum TensorCoreType
{
    /// <summary>float32 in memory, factors rounded to 10 bits of mantissa.</summary>
    Tf32,

    /// <summary>bfloat16 in memory.</summary>
    BFloat16,
}
