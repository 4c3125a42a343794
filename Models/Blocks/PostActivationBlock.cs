using WrnEngine.Ops;
using WrnEngine.Tensors;

namespace WrnEngine.Models.Blocks;

/// <summary>
/// The original residual block of He et al., 2015: conv-BN-ReLU for each convolution, dropout before each but the first, no ReLU after the
/// last batch norm; the shortcut, with a batch norm after its projection; a ReLU after the addition.
/// </summary>
/// <param name="layout">The convolutions.</param>
/// <param name="parts">What the blocks of the network share.</param>
public sealed class PostActivationBlock(BlockLayout layout, BlockParts parts) : ResidualBlock(layout, parts, LayerOrder.Post)
{
    /// <summary>[N, inC, H, W] to [N, outC, H / stride, W / stride].</summary>
    protected override Tensor ForwardCore(Tensor x)
    {
        var shortcut = Shortcut(x, projected: x);
        var h = Norms[0].Consume(Convs[0].Forward(x));
        for (int i = 1; i < Convs.Count; i++) h = Norms[i].Consume(Convs[i].Consume(Drop(i, h)));
        var sum = Add(h, shortcut, x);
        var y = sum.Relu();
        sum.Release();
        return y;
    }

    /// <summary>The sum, without the handles of its terms; x stays the caller's.</summary>
    private static Tensor Add(Tensor residual, Tensor? shortcut, Tensor x)
    {
        if (shortcut is null) return residual;
        var y = residual + shortcut;
        residual.Release();
        if (shortcut != x) shortcut.Release();
        return y;
    }
}
