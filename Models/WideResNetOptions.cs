using System.Globalization;

namespace WrnEngine.Models;

/// <summary>
/// Which residual network to build. The defaults are WRN-n-k of Zagoruyko and Komodakis, 2016, table 1, with blocks B(3,3); the other
/// properties give the rest of the paper's networks and those it compares with.
/// </summary>
/// <param name="Depth">n: the number of convolutions, 6 N + 4 for N blocks per group; the projections count, the classifier does not.</param>
/// <param name="WidenFactor">k: the groups have 16 k, 32 k and 64 k channels. It may be a fraction, as 1.5 in the paper's table 7.</param>
/// <param name="NumClasses">Outputs of the classifier.</param>
/// <param name="DropRate">Dropout probability between the convolutions of a block (figure 1d); 0 builds none.</param>
public sealed record WideResNetOptions(int Depth = 16, double WidenFactor = 8, int NumClasses = 10, float DropRate = 0)
{
    /// <summary>B(3,3), the block of the paper's best networks.</summary>
    public const string BasicBlock = "3,3";

    /// <summary>Random streams of initial weights are numbered with 16 bits, two to a convolution.</summary>
    private const int MaxBlockConvolutions = 30_000;

    /// <summary>The widest layer whose 3x3 weight can be indexed with 31 bits.</summary>
    private const int MaxChannels = 15_446;

    /// <summary>Groups of a network for small images.</summary>
    internal const int GroupCount = 3;

    /// <summary>The family.</summary>
    public Architecture Architecture { get; init; } = Architecture.Wrn;

    /// <summary>Kernel sizes of a block's convolutions, as in the paper's B(3,1,1): 1 and 3, separated by commas.</summary>
    public string Block { get; init; } = BasicBlock;

    /// <summary>Blocks in each of the three groups whatever the depth says; null lets the depth decide.</summary>
    public int? BlocksPerGroupOverride { get; init; }

    /// <summary>Where batch norm and ReLU stand; null for the family's own way.</summary>
    public LayerOrder? Order { get; init; }

    /// <summary>What stands beside the convolutions; null for the family's own way.</summary>
    public ShortcutKind? Shortcut { get; init; }

    /// <summary>Where dropout acts.</summary>
    public DropoutPlace DropoutAt { get; init; }

    /// <summary>
    /// N: residual blocks in each of the three groups. With a block B(...) of l 3x3 convolutions, (depth - 4) / (3 l); with a 1x1 among
    /// them, (depth - 4) / 6, which reproduces the counts of the paper's table 2; the ResNets count two convolutions outside the blocks.
    /// </summary>
    public int BlocksPerGroup => BlocksPerGroupOverride ?? (Depth - Architecture.FixedConvolutions) / ConvolutionsPerTriple;

    /// <summary>The usual name, as in WRN-16-8, with what differs from the family's own way behind it.</summary>
    public string Name
    {
        get
        {
            string name = string.Format(CultureInfo.InvariantCulture, Architecture.Title, Depth, WidenFactor);
            if (!Architecture.Title.Contains("{1}") && WidenFactor != Architecture.DefaultWidenFactor) name += $"-{WidenFactor.ToString(CultureInfo.InvariantCulture)}";
            if (Block != BasicBlock) name += $"-B({Block})";
            if (BlocksPerGroupOverride is { } blocks) name += $"-N{blocks}";
            if (Order is { } order && order != Architecture.Order) name += order == LayerOrder.Post ? "-post" : "-pre";
            if (Shortcut is { } shortcut && shortcut != Architecture.Shortcut) name += shortcut switch
            {
                ShortcutKind.None => "-plain",
                ShortcutKind.IdentityPad => "-pad",
                _ => "-projection",
            };
            return name;
        }
    }

    /// <summary>The name in lower case, fit for a file: <c>wrn-40-2-b3-1</c>.</summary>
    public string Slug => Name.ToLowerInvariant().Replace("(", "", StringComparison.Ordinal).Replace(")", "", StringComparison.Ordinal).Replace(',', '-');

    /// <summary>The order of layers that holds.</summary>
    internal LayerOrder EffectiveOrder => Order ?? Architecture.Order;

    /// <summary>The shortcut that holds.</summary>
    internal ShortcutKind EffectiveShortcut => Shortcut ?? Architecture.Shortcut;

    /// <summary>The kernel sizes in <see cref="Block"/>.</summary>
    internal int[] Kernels => [.. Block.Split(',').Select(int.Parse)];

    /// <summary>Convolutions that the depth rule counts for one block in each of the three groups.</summary>
    private int ConvolutionsPerTriple =>
        Architecture.IsBottleneck ? 9 : Block.Contains('1') ? 6 : GroupCount * ConvolutionsPerBlock;

    private int ConvolutionsPerBlock => Architecture.IsBottleneck ? 3 : Block.Count(c => c == ',') + 1;

    /// <summary>The same network with another number of blocks in each group; its depth follows, unless an override says how many there are.</summary>
    /// <param name="blocks">The number.</param>
    /// <exception cref="InvalidOperationException">The family's blocks are fixed.</exception>
    public WideResNetOptions WithBlocksPerGroup(int blocks)
    {
        if (Architecture.IsForImageNet) throw new InvalidOperationException($"the blocks per group of {Architecture.Name} are fixed");
        return BlocksPerGroupOverride is null
            ? this with { Depth = Depth + ((blocks - BlocksPerGroup) * ConvolutionsPerTriple) } : this with { BlocksPerGroupOverride = blocks };
    }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message says what would do.</exception>
    public void Validate()
    {
        CheckBlock();
        CheckDepth();
        CheckWidth();
        if (NumClasses < 2) throw new ArgumentException($"a classifier needs at least 2 classes, not {NumClasses}");
        if (!(DropRate is >= 0 and < 1)) throw new ArgumentException($"the dropout probability {DropRate} is not in 0 <= p < 1");
        if (DropRate > 0 && DropoutAt == DropoutPlace.Residual && ConvolutionsPerBlock == 1)
            throw new ArgumentException("dropout stands before a block's second convolution, and a block of one convolution has none");
        if (DropRate > 0 && DropoutAt == DropoutPlace.Shortcut && EffectiveShortcut == ShortcutKind.None)
            throw new ArgumentException("dropout on the shortcut needs a shortcut");
    }

    private void CheckBlock()
    {
        string[] kernels = Block.Split(',');
        if (kernels.Any(k => k is not ("1" or "3")) || !kernels.Contains("3") || kernels.Length > 8)
            throw new ArgumentException($"the block '{Block}' is not a list of up to 8 kernel sizes 1 and 3 with a 3 among them, such as 3,3 or 3,1,1");
        if (Block != BasicBlock && Architecture != Architecture.Wrn)
            throw new ArgumentException($"the block of {Architecture.Name} is fixed; other blocks are for {Architecture.Wrn.Name}");
    }

    private void CheckDepth()
    {
        if (Architecture.IsForImageNet)
        {
            if (Depth != Architecture.DefaultDepth)
                throw new ArgumentException($"the depth of {Architecture.Name} is {Architecture.DefaultDepth}, not {Depth}");
            if (BlocksPerGroupOverride is not null) throw new ArgumentException($"the blocks per group of {Architecture.Name} are fixed");
            return;
        }

        int maxBlocks = MaxBlockConvolutions / (GroupCount * ConvolutionsPerBlock);
        if (BlocksPerGroupOverride is { } blocks)
        {
            if (blocks < 1 || blocks > maxBlocks) throw new ArgumentException($"the blocks per group are {blocks}; they must be between 1 and {maxBlocks}");
            return;
        }

        int extra = Architecture.FixedConvolutions, per = ConvolutionsPerTriple, remainder = Modulo(Depth - extra, per);
        if (Depth < extra + per)
            throw new ArgumentException($"depth {Depth} is not {per}N+{extra} with at least one block per group; the smallest depths are {per + extra} and {2 * per + extra}");
        if (Depth > extra + (long)per * maxBlocks) throw new ArgumentException($"depth {Depth} is too large; the largest depth is {extra + per * maxBlocks}");
        if (remainder != 0)
            throw new ArgumentException($"depth {Depth} is not {per}N+{extra}; the nearest depths are {Depth - remainder} and {Depth - remainder + per}");
    }

    private void CheckWidth()
    {
        var (narrowest, widest) = Architecture switch
        {
            { IsForImageNet: true } => (64, 512),
            { IsBottleneck: true } => (16, 256), // a quarter of the first group's channels is the narrowest layer
            _ => (16, 64),
        };
        int max = MaxChannels / widest;
        if (!(WidenFactor > 0 && WidenFactor <= max))
            throw new ArgumentException($"the widening factor k is {WidenFactor}; it must be above 0 and at most {max}");
        if (WidenFactor * narrowest % 1 != 0)
            throw new ArgumentException($"the widening factor k is {WidenFactor}, which does not make {narrowest} k a whole number of channels");
        if (EffectiveShortcut == ShortcutKind.IdentityPad && WidenFactor < 1)
            throw new ArgumentException($"the widening factor k is {WidenFactor}; a shortcut that pads channels cannot narrow, so it must be at least 1");
    }

    private static int Modulo(int a, int b) => ((a % b) + b) % b;
}
