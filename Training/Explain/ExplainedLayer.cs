using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Tensors;

namespace WrnEngine.Training.Explain;

/// <summary>A row of the summary with what a reader wants to know beside it, for one image in float32.</summary>
/// <param name="Info">The row.</param>
/// <param name="Block">The block it belongs to, or null.</param>
/// <param name="Field">Side of the square of input pixels that an output pixel sees; 0 where it sees everything.</param>
/// <param name="Jump">Input pixels between neighbouring output pixels.</param>
/// <param name="Start">Centre of the field of the first output pixel, in input pixels from the first pixel's centre.</param>
internal sealed partial record ExplainedLayer(LayerInfo Info, string? Block, int Field, int Jump, double Start)
{
    /// <summary>Whether the row is a whole block, whose layers follow.</summary>
    public bool IsBlock => Info.Name == Block;

    /// <summary>Whether it stands on the block's shortcut, not on its residual branch.</summary>
    public bool IsOnShortcut => Block is not null && !IsBlock && OnShortcut(Info.Name[(Block.Length + 1)..]);

    /// <summary>Bytes of its output.</summary>
    public long ActivationBytes => IsBlock ? 0 : 4 * Info.Output.Numel;

    /// <summary>Operations per byte of input, weights and output, each moved once; 0 where nothing is multiplied.</summary>
    public double Intensity => Info.Macs == 0 ? 0 : 2.0 * Info.Macs / (4.0 * (Info.Input.Numel + Info.Parameters + Info.Output.Numel));

    /// <summary>The rows of a network for one image of the given side.</summary>
    public static ExplainedLayer[] Of(WideResNetOptions network, int height, int width)
    {
        using var device = new MetaDevice();
        using var model = new WideResNet(network, device);
        var rows = new List<ExplainedLayer>();
        var now = new View(1, 1, 0);
        var atBlock = now;
        string? block = null;
        foreach (var info in model.Describe([1, 3, height, width]))
        {
            if (info.Depth == 2) (block, atBlock) = (info.Name, now); // a block; its layers follow, one level deeper
            else if (info.Depth == 1) block = null;
            // What stands on a shortcut reads the block's input, and the field of the block's output is that of the other branch.
            bool isShortcut = block is not null && info.Name != block && OnShortcut(info.Name[(block.Length + 1)..]);
            var after = (isShortcut ? atBlock : now).Through(info.Kind);
            if (!isShortcut) now = after;
            bool seesAll = info.Output.Rank == 2;
            rows.Add(new ExplainedLayer(info, block, seesAll ? 0 : after.Field, after.Jump, after.Start));
        }

        // A block's own row shows what its output sees.
        for (int i = 0; i < rows.Count; i++)
        {
            if (!rows[i].IsBlock) continue;
            var last = rows.Last(r => r.Block == rows[i].Block && !r.IsOnShortcut);
            rows[i] = rows[i] with { Field = last.Field, Jump = last.Jump, Start = last.Start };
        }

        return [.. rows];
    }

    /// <summary>For the page's script.</summary>
    public JsonObject ToJson() => new()
    {
        ["name"] = Info.Name,
        ["kind"] = Info.Kind,
        ["block"] = Block,
        ["isBlock"] = IsBlock,
        ["input"] = Dims(Info.Input),
        ["output"] = Dims(Info.Output),
        ["parameters"] = Info.Parameters,
        ["macs"] = Info.Macs,
        ["activationBytes"] = ActivationBytes,
        ["intensity"] = Intensity,
        ["field"] = Field,
        ["jump"] = Jump,
        ["start"] = Start,
    };

    private static JsonArray Dims(Shape shape) => [.. shape.Dims.ToArray().Select(d => JsonValue.Create(d))];

    private static bool OnShortcut(string layer) => layer is "convdim" or "bndim" or "shortcut" or "shortcut_dropout" || layer.StartsWith("downsample", StringComparison.Ordinal);

    [GeneratedRegex(@"^(?:Conv2d|MaxPool2d) (\d+)x\d+(?: /(\d+))?")]
    private static partial Regex Window();

    /// <summary>How pixels of a layer lie on the image.</summary>
    private readonly record struct View(int Field, int Jump, double Start)
    {
        /// <summary>After a layer: a window of k pixels widens the field by (k - 1) jumps; with half a window of padding the first centre stays.</summary>
        public View Through(string kind)
        {
            if (Window().Match(kind) is not { Success: true } window) return this;
            int kernel = int.Parse(window.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            int stride = window.Groups[2].Success ? int.Parse(window.Groups[2].ValueSpan, CultureInfo.InvariantCulture) : 1;
            return new View(Field + ((kernel - 1) * Jump), Jump * stride, Start + ((((kernel - 1) / 2.0) - (kernel / 2)) * Jump));
        }
    }
}
