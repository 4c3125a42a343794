using WrnEngine.Tensors;

namespace WrnEngine.Models.Blocks;

/// <summary>A convolution of a residual block.</summary>
/// <param name="KernelSize">Rows and columns.</param>
/// <param name="OutChannels">Channels it makes.</param>
/// <param name="Stride">Step of the window.</param>
public readonly record struct BlockConv(int KernelSize, int OutChannels, int Stride);

/// <summary>The convolutions of a residual block, in order.</summary>
/// <param name="InChannels">Channels of the block's input.</param>
/// <param name="Convs">At least one.</param>
/// <param name="Kind">What summaries call the block.</param>
public sealed record BlockLayout(int InChannels, IReadOnlyList<BlockConv> Convs, string Kind)
{
    /// <summary>Channels of the block's output.</summary>
    public int OutChannels => Convs[^1].OutChannels;

    /// <summary>By how much rows and columns shrink.</summary>
    public int Stride => Convs.Aggregate(1, (s, c) => s * c.Stride);

    /// <summary>The input cannot be added to the output as it is.</summary>
    public bool ChangesShape => InChannels != OutChannels || Stride != 1;

    /// <summary>Shape of the block's output.</summary>
    public Shape Output(Shape input) => [input[0], OutChannels, (input[2] - 1) / Stride + 1, (input[3] - 1) / Stride + 1];

    /// <summary>The paper's B(kernels): all convolutions equally wide, the stride on the first whatever its kernel.</summary>
    public static BlockLayout Basic(int inChannels, int outChannels, int stride, params ReadOnlySpan<int> kernels)
    {
        var convs = new BlockConv[kernels.Length];
        for (int i = 0; i < convs.Length; i++) convs[i] = new BlockConv(kernels[i], outChannels, i == 0 ? stride : 1);
        return new BlockLayout(inChannels, convs, $"B({string.Join(",", kernels.ToArray())})");
    }

    /// <summary>1x1 to fewer channels, 3x3, 1x1 to more; the stride on the first, as in He et al., or on the 3x3, as in Torch7's networks for ImageNet.</summary>
    public static BlockLayout Bottleneck(int inChannels, int innerChannels, int outChannels, int stride, bool strideOn3x3) => new(
        inChannels,
        [
            new BlockConv(1, innerChannels, strideOn3x3 ? 1 : stride),
            new BlockConv(3, innerChannels, strideOn3x3 ? stride : 1),
            new BlockConv(1, outChannels, 1),
        ],
        "bottleneck");
}
