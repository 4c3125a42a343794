using WrnEngine.Tensors;

namespace WrnEngine.Models.Blocks;

/// <summary>
/// The pre-activation residual block of the paper, figure 1: BN-ReLU-conv for each convolution, dropout before each but the first, plus
/// the shortcut. Where the shape changes, the first BN-ReLU feeds both the branch and a 1x1 projection; otherwise the shortcut is the raw
/// input. No ReLU follows the addition.
/// </summary>
/// <param name="layout">The convolutions.</param>
/// <param name="parts">What the blocks of the network share.</param>
public sealed class PreActivationBlock(BlockLayout layout, BlockParts parts) : ResidualBlock(layout, parts, LayerOrder.Pre)
{
    /// <summary>[N, inC, H, W] to [N, outC, H / stride, W / stride].</summary>
    protected override Tensor ForwardCore(Tensor x)
    {
        // Every handle is given up once its last reader has run; in training the tape keeps what the backward pass reads.
        var activated = Norms[0].Forward(x);
        var shortcut = Shortcut(x, projected: activated);
        var h = Convs[0].Consume(activated);
        for (int i = 1; i < Convs.Count; i++) h = Convs[i].Consume(Drop(i, Norms[i].Consume(h)));
        return Add(h, shortcut, x);
    }
}
