namespace WrnEngine.Devices.Cuda;

/// <summary>How a <see cref="CudaDevice"/> works.</summary>
public sealed record CudaOptions
{
    /// <summary>How buffers are placed; by default pooled, or as <c>WRN_ARENA</c> says.</summary>
    public ArenaMode? Arena { get; init; }

    /// <summary>Put batch norms and additions into the convolutions beside them.</summary>
    public bool Fuse { get; init; } = true;

    /// <summary>Convolve float32 tensors on tensor cores, with factors rounded to 10 bits of mantissa.</summary>
    public bool Tf32 { get; init; }

    /// <summary>Networks keep activations in bfloat16; weights, statistics and sums stay float32.</summary>
    public bool MixedPrecision { get; init; }
}
