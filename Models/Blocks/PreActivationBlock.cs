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
        var h = Norms[0].Forward(x);
        var shortcut = Shortcut(x, projected: h);
        int last = Convs.Count - 1;
        for (int i = 0; i < last; i++) h = Drop(i + 1, Norms[i + 1].Consume(Convs[i].Consume(h)));
        var y = Convs[last].ForwardAdd(h, shortcut);
        h.Release();
        if (shortcut != x) shortcut?.Release();
        return y;
    }
}
