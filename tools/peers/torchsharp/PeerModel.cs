using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TorchSharpPeer;

/// <summary>The Wide ResNet with blocks B(3,3), written as a PyTorch user would write it.</summary>
internal sealed class PeerModel : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d stem;
    private readonly ModuleList<PeerBlock> blocks = new();
    private readonly BatchNorm2d norm;
    private readonly Linear classifier;

    public PeerModel(int depth, int k) : base(nameof(PeerModel))
    {
        stem = nn.Conv2d(3, 16, 3, padding: 1, bias: false);
        int width = 16;
        foreach (int group in new[] { 0, 1, 2 })
            for (int b = 0; b < (depth - 4) / 6; b++)
            {
                int next = (16 << group) * k;
                blocks.Add(new PeerBlock(width, next, stride: group > 0 && b == 0 ? 2 : 1));
                width = next;
            }
        norm = nn.BatchNorm2d(width);
        classifier = nn.Linear(width, 10);
        RegisterComponents();
        // The paper's initialisation: He on the fan-in, gamma ~ U(0, 1), zero classifier bias (PyTorch's default for its weight).
        foreach (var module in modules())
            if (module is Conv2d conv) nn.init.kaiming_normal_(conv.weight!);
            else if (module is BatchNorm2d bn) nn.init.uniform_(bn.weight!);
            else if (module is Linear linear) nn.init.zeros_(linear.bias!);
    }

    public override Tensor forward(Tensor input)
    {
        var x = stem.forward(input);
        foreach (var block in blocks) x = block.forward(x);
        return classifier.forward(F.relu(norm.forward(x)).mean([2, 3]));
    }
}

/// <summary>BN-ReLU-conv twice; a projection of the shared pre-activation where the width changes.</summary>
internal sealed class PeerBlock : nn.Module<Tensor, Tensor>
{
    private readonly BatchNorm2d norm0, norm1;
    private readonly Conv2d conv0, conv1;
    private readonly Conv2d? projection;

    public PeerBlock(int from, int to, int stride) : base(nameof(PeerBlock))
    {
        norm0 = nn.BatchNorm2d(from);
        conv0 = nn.Conv2d(from, to, 3, stride: stride, padding: 1, bias: false);
        norm1 = nn.BatchNorm2d(to);
        conv1 = nn.Conv2d(to, to, 3, padding: 1, bias: false);
        projection = from == to ? null : nn.Conv2d(from, to, 1, stride: stride, bias: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var activated = F.relu(norm0.forward(x));
        var branch = conv1.forward(F.relu(norm1.forward(conv0.forward(activated))));
        return branch + (projection?.forward(activated) ?? x);
    }
}
