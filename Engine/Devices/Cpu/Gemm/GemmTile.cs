namespace WrnEngine.Devices.Cpu.Gemm;

/// <summary>
/// What one call of the micro-kernel computes: a tile C[6 x width] (+)= sum over k of A[6, k] B[k, width]. The index k runs through
/// segments of <see cref="Run"/> steps each; where a segment starts in A and in B stands in two tables. So the same kernel serves a
/// plain matrix (one segment), a convolution (one segment per kernel row: in NHWC a row of taps is one contiguous run of kW * inC
/// numbers) and a weight gradient (one segment per row of pixels), without copying patches. All offsets are in elements.
/// </summary>
internal unsafe struct GemmTile
{
    /// <summary>Origin of A.</summary>
    public float* A;

    /// <summary>Origin of B: <c>width</c> consecutive numbers per k.</summary>
    public float* B;

    /// <summary>Origin of C.</summary>
    public float* C;

    /// <summary>[6] Where each row of A starts.</summary>
    public int* ARows;

    /// <summary>[6] Where each row of C starts.</summary>
    public int* CRows;

    /// <summary>[SegmentCount] Where each segment starts in A.</summary>
    public int* ASegments;

    /// <summary>[SegmentCount] Where each segment starts in B.</summary>
    public int* BSegments;

    /// <summary>Number of segments.</summary>
    public int SegmentCount;

    /// <summary>Steps of k in each segment.</summary>
    public int Run;

    /// <summary>From one k to the next in A.</summary>
    public int AStep;

    /// <summary>From one k to the next in B.</summary>
    public int BStep;

    /// <summary>Add to C rather than overwrite it.</summary>
    public bool Accumulate;

    /// <summary>C was last touched long ago: worth asking for before the sum, however short that is.</summary>
    public bool TargetIsFar;
}
