using WrnEngine.Models.Blocks;

namespace WrnEngine.Models;

/// <summary>A group of blocks of equal width; the first block changes the shape.</summary>
/// <param name="Blocks">How many.</param>
/// <param name="OutChannels">Channels of each block's output.</param>
/// <param name="InnerChannels">Channels inside a bottleneck.</param>
/// <param name="Stride">Stride of the first block.</param>
internal readonly record struct GroupPlan(int Blocks, int OutChannels, int InnerChannels, int Stride);

/// <summary>Widths and strides of a network, from its options: the paper's tables 1 and 7 and the networks it compares with.</summary>
internal sealed class NetworkPlan(WideResNetOptions options)
{
    private const int BottleneckExpansion = 4;

    private readonly Architecture _architecture = options.Architecture;
    private readonly int[] _kernels = options.Kernels;

    /// <summary>Channels of the first convolution, which no widening factor touches.</summary>
    public int StemChannels => _architecture.IsForImageNet ? 64 : 16;

    public LayerNames Names => _architecture.IsForImageNet ? LayerNames.Torchvision : LayerNames.Authors;

    /// <summary>The first convolution is followed by BN-ReLU: always, but where the first block begins with its own.</summary>
    public bool HasStemNorm => options.EffectiveOrder == LayerOrder.Post || _architecture.IsForImageNet;

    /// <summary>BN-ReLU before the pool: where the last block ends with a bare sum.</summary>
    public bool HasFinalNorm => options.EffectiveOrder == LayerOrder.Pre;

    public IEnumerable<GroupPlan> Groups()
    {
        int count = _architecture.StageBlocks?.Count ?? WideResNetOptions.GroupCount;
        for (int g = 0; g < count; g++)
        {
            int blocks = _architecture.StageBlocks?[g] ?? options.BlocksPerGroup, widened = (int)((StemChannels << g) * options.WidenFactor);
            // The widening factor widens the whole block, but in a bottleneck for ImageNet only its inside.
            int outChannels = !_architecture.IsBottleneck ? widened
                : (_architecture.IsForImageNet ? StemChannels << g : widened) * BottleneckExpansion;
            yield return new GroupPlan(blocks, outChannels, widened, g == 0 ? 1 : 2);
        }
    }

    /// <summary>The convolutions of a block.</summary>
    public BlockLayout Layout(in GroupPlan group, int inChannels, int stride) => _architecture.IsBottleneck
        ? BlockLayout.Bottleneck(inChannels, group.InnerChannels, group.OutChannels, stride, strideOn3x3: _architecture.IsForImageNet)
        : BlockLayout.Basic(inChannels, group.OutChannels, stride, _kernels);
}
