namespace WrnEngine.Models;

/// <summary>
/// Which Wide Residual Network to build: WRN-n-k of Zagoruyko and Komodakis, 2016, table 1, with blocks B(3,3).
/// </summary>
/// <param name="Depth">n: the number of convolutions, 6 N + 4 for N blocks per group; the projections count, the classifier does not.</param>
/// <param name="WidenFactor">k: the groups have 16 k, 32 k and 64 k channels.</param>
/// <param name="NumClasses">Outputs of the classifier.</param>
/// <param name="DropRate">Dropout probability between the convolutions of a block (figure 1d); 0 builds none.</param>
public sealed record WideResNetOptions(int Depth = 16, int WidenFactor = 8, int NumClasses = 10, float DropRate = 0)
{
    /// <summary>Convolutions outside the 6 N of the blocks: the first one and one projection per group.</summary>
    private const int FixedConvolutions = 4;
    private const int ConvolutionsPerBlockTriple = 6;

    /// <summary>Random streams of initial weights are numbered with 16 bits, four to a block.</summary>
    private const int MaxDepth = 30_004;

    /// <summary>The largest k whose widest weight, 9 (64 k)^2 values, can be indexed with 31 bits.</summary>
    private const int MaxWidenFactor = 241;

    /// <summary>N: residual blocks in each of the three groups.</summary>
    public int BlocksPerGroup => (Depth - FixedConvolutions) / ConvolutionsPerBlockTriple;

    /// <summary>The usual name, as in WRN-16-8.</summary>
    public string Name => $"WRN-{Depth}-{WidenFactor}";

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message says what would do.</exception>
    public void Validate()
    {
        int remainder = Modulo(Depth - FixedConvolutions, ConvolutionsPerBlockTriple);
        if (Depth < FixedConvolutions + ConvolutionsPerBlockTriple)
            throw new ArgumentException($"depth {Depth} is not 6N+4 with at least one block per group; the smallest depths are 10 and 16");
        if (Depth > MaxDepth) throw new ArgumentException($"depth {Depth} is too large; the largest depth is {MaxDepth}");
        if (remainder != 0)
            throw new ArgumentException($"depth {Depth} is not 6N+4; the nearest depths are {Depth - remainder} and {Depth - remainder + ConvolutionsPerBlockTriple}");
        if (WidenFactor is < 1 or > MaxWidenFactor)
            throw new ArgumentException($"the widening factor k is {WidenFactor}; it must be between 1 and {MaxWidenFactor}");
        if (NumClasses < 2) throw new ArgumentException($"a classifier needs at least 2 classes, not {NumClasses}");
        if (!(DropRate is >= 0 and < 1)) throw new ArgumentException($"the dropout probability {DropRate} is not in 0 <= p < 1");
    }

    private static int Modulo(int a, int b) => ((a % b) + b) % b;
}
