using WrnEngine.Devices.Cuda.Libraries;

namespace WrnEngine.Devices.Cuda;

/// <summary>How a <see cref="CudaDevice"/> works.</summary>
public sealed record CudaOptions
{
    /// <summary>How buffers are placed; by default pooled, or as <c>WRN_ARENA</c> says.</summary>
    public ArenaMode? Arena { get; init; }

    /// <summary>Put batch norms and additions into the convolutions beside them.</summary>
    public bool Fuse { get; init; } = true;

    /// <summary>Record steps as graphs, where the arena is pooled: only then are the addresses of a step those of the next.</summary>
    public bool Graphs { get; init; } = true;

    /// <summary>Convolve float32 tensors on tensor cores, with factors rounded to 10 bits of mantissa.</summary>
    public bool Tf32 { get; init; }

    /// <summary>Networks keep activations in bfloat16; weights, statistics and sums stay float32.</summary>
    public bool MixedPrecision { get; init; }

    /// <summary>cuDNN and cuBLAS, where they were looked for and found.</summary>
    public CudaLibraries Libraries { get; init; } = CudaLibraries.None;

    /// <summary>Who convolves, and who multiplies matrices.</summary>
    public Implementation Conv { get; init; }

    /// <summary>Who computes batch norms.</summary>
    public Implementation Norm { get; init; }

    /// <summary>Take only algorithms that always give the same bits, and let no clock choose.</summary>
    public bool Deterministic { get; init; }
}
