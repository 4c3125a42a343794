using System.Globalization;
using System.Text.RegularExpressions;

namespace WrnEngine.Models.Safetensors.Naming;

/// <summary>
/// The names of xternalz/WideResNet-pytorch, <c>wideresnet.py</c>, from which most implementations in PyTorch descend: <c>conv1.weight</c>,
/// <c>block1.layer.0.bn1.weight</c>, <c>block1.layer.0.convShortcut.weight</c>, <c>bn1.bias</c>, <c>fc.weight</c>. There are blocks B(3,3)
/// in pre-activation order only.
/// </summary>
internal sealed partial class XternalzNames : NamingScheme
{
    public override string Name => "xternalz";

    public override bool CountsBatches => true;

    public override string Landmark => "block1.layer.0.conv1.weight";

    public override string? Refusal(WideResNetOptions network)
    {
        bool fits = !network.Architecture.IsForImageNet && !network.Architecture.IsBottleneck && network.Block == WideResNetOptions.BasicBlock
            && network.EffectiveOrder == LayerOrder.Pre && network.EffectiveShortcut == ShortcutKind.Projection;
        return fits ? null : "xternalz's WideResNet has blocks of two 3x3 convolutions in pre-activation order with projections, and no others";
    }

    public override string Rename(string own)
    {
        if (own == "conv0") return "conv1.weight";
        if (own.StartsWith("bn.", StringComparison.Ordinal)) return "bn1" + own[2..];
        if (Layer().Match(own) is not { Success: true } layer) return own; // the classifier
        string block = $"block{Number(layer, "group") + 1}.layer.{Number(layer, "block")}.";
        string rest = layer.Groups["rest"].Value; // of a batch norm: .weight, .running_mean
        return layer.Groups["kind"].Value switch
        {
            "convdim" => block + "convShortcut.weight",
            "bn" => $"{block}bn{Number(layer, "index") + 1}{rest}",
            _ => $"{block}conv{Number(layer, "index") + 1}.weight",
        };
    }

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^group(?<group>\d+)\.block(?<block>\d+)\.(?<kind>convdim|conv|bn)(?<index>\d*)(?<rest>.*)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Layer();
}
