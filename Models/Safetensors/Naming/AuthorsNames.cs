namespace WrnEngine.Models.Safetensors.Naming;

/// <summary>
/// The names of the paper's authors, <c>pytorch/resnet.py</c> of szagoruyko/wide-residual-networks: <c>conv0</c>,
/// <c>group0.block0.bn0.weight</c>, <c>group0.block0.convdim</c>, <c>bn.bias</c>, <c>fc.weight</c>. They are our own for small images.
/// </summary>
internal sealed class AuthorsNames : NamingScheme
{
    public override string Name => "authors";

    public override bool CountsBatches => false;

    public override string Landmark => "group0.block0.conv0";

    public override string? Refusal(WideResNetOptions network) =>
        network.Architecture.IsForImageNet ? "the authors' names are for networks for small images; use torchvision" : null;

    public override string Rename(string own) => own;
}
