namespace WrnEngine.Devices.Cpu;

/// <summary>How the cpu device computes convolutions with 3x3 taps and stride 1 or 2; all others are direct.</summary>
public enum ConvAlgorithm
{
    /// <summary>By shape: Winograd where it is faster.</summary>
    Auto,

    /// <summary>Sums as they stand in the definition, by implicit GEMM.</summary>
    Direct,

    /// <summary>Winograd's minimal filtering: with stride 1 a quarter of the multiplications, with stride 2 nine sixteenths; about five times the rounding error.</summary>
    Winograd,
}
