using WrnEngine.Nn;
using WrnEngine.Ops;
using WrnEngine.Tensors;

namespace WrnEngine.Models;

/// <summary>
/// The pre-activation residual block B(3,3) of the paper, figure 1 c and d:
/// BN-ReLU conv3x3(stride) BN-ReLU [dropout] conv3x3, plus the shortcut.
/// When the number of channels changes, the first BN-ReLU feeds both the branch and a 1x1 projection; otherwise the shortcut is the raw
/// input. No ReLU follows the addition.
/// </summary>
public sealed class WideBasicBlock : Module
{
    private readonly BatchNorm2d _bn0, _bn1;
    private readonly Conv2d _conv0, _conv1;
    private readonly Dropout? _dropout;
    private readonly Conv2d? _convdim;

    /// <summary>A block from <paramref name="inChannels"/> to <paramref name="outChannels"/> channels.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="stride">Stride of the first convolution and of the projection.</param>
    /// <param name="dropout">Dropout before the second convolution, or null.</param>
    /// <param name="init">Source of the weights.</param>
    public WideBasicBlock(int inChannels, int outChannels, int stride, Dropout? dropout, Initializer init)
    {
        _bn0 = Register("bn0", new BatchNorm2d(inChannels, init, relu: true));
        _conv0 = Register("conv0", new Conv2d(inChannels, outChannels, 3, init, stride));
        _bn1 = Register("bn1", new BatchNorm2d(outChannels, init, relu: true));
        if (dropout is not null) _dropout = Register("dropout", dropout);
        _conv1 = Register("conv1", new Conv2d(outChannels, outChannels, 3, init));
        if (inChannels != outChannels) _convdim = Register("convdim", new Conv2d(inChannels, outChannels, 1, init, stride));
    }

    /// <summary>[N, inC, H, W] to [N, outC, H / stride, W / stride].</summary>
    public override Tensor Forward(Tensor x)
    {
        // Every handle is given up once its last reader has run; in training the tape keeps what the backward pass reads.
        var activated = _bn0.Forward(x);
        var shortcut = _convdim is null ? x : _convdim.Forward(activated);
        var hidden = _conv0.Forward(activated);
        activated.Release();
        var activatedHidden = _bn1.Forward(hidden);
        hidden.Release();
        if (_dropout is not null && IsTraining)
        {
            var dropped = _dropout.Forward(activatedHidden);
            activatedHidden.Release();
            activatedHidden = dropped;
        }
        var residual = _conv1.Forward(activatedHidden);
        activatedHidden.Release();
        var y = residual + shortcut;
        residual.Release();
        if (shortcut != x) shortcut.Release();
        return y;
    }

    /// <summary>The rows of this block in a summary.</summary>
    internal IEnumerable<LayerInfo> Describe(string name, Shape input)
    {
        const int Depth = 3;
        yield return LayerInfos.BatchNorm(name + ".bn0", Depth, _bn0, input);
        var conv0 = LayerInfos.Conv(name + ".conv0", Depth, _conv0, input);
        yield return conv0;
        yield return LayerInfos.BatchNorm(name + ".bn1", Depth, _bn1, conv0.Output);
        if (_dropout is not null) yield return new LayerInfo(name + ".dropout", "Dropout", Depth, conv0.Output, conv0.Output, 0, 0);
        yield return LayerInfos.Conv(name + ".conv1", Depth, _conv1, conv0.Output);
        if (_convdim is not null) yield return LayerInfos.Conv(name + ".convdim", Depth, _convdim, input);
    }
}
