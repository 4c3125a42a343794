namespace WrnEngine.Devices.Cpu;

/// <summary>How the cpu device computes convolutions with 3x3 taps and stride 1; all others are direct.</summary>
public enum ConvAlgorithm
{
    /// <summary>By shape: Winograd where it is faster.</summary>
    Auto,

    /// <summary>Sums as they stand in the definition, by implicit GEMM.</summary>
    Direct,

    /// <summary>F(4x4, 3x3): a quarter of the multiplications, about five times the rounding error.</summary>
    Winograd,
}
