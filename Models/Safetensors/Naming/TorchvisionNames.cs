namespace WrnEngine.Models.Safetensors.Naming;

/// <summary>
/// The names of torchvision's <c>ResNet</c> (torchvision/models/resnet.py), which timm's has too: <c>conv1.weight</c>, <c>bn1.weight</c>,
/// <c>layer1.0.conv1.weight</c>, <c>layer1.0.downsample.0.weight</c>, <c>fc.weight</c>. They are our own for ImageNet. wide_resnet50_2 is
/// <c>wrn-50-2-bottleneck</c> here, wide_resnet101_2 <c>wrn-101-2-bottleneck</c>.
/// </summary>
/// <param name="name">The program that is meant.</param>
internal sealed class TorchvisionNames(string name) : NamingScheme
{
    public override string Name => name;

    public override bool CountsBatches => true;

    public override string Landmark => "layer1.0.conv1.weight";

    public override string? Refusal(WideResNetOptions network)
    {
        bool fits = network.Architecture.IsForImageNet && network.EffectiveOrder == LayerOrder.Post && network.EffectiveShortcut == ShortcutKind.Projection;
        return fits ? null : $"{Name}'s names are for residual networks for ImageNet in post-activation order";
    }

    public override string Rename(string own) => own;
}
