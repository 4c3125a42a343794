using System.Text.Json.Nodes;
using WrnEngine.Models;
using WrnEngine.Tensors;
using WrnEngine.Training.Reporting;

namespace WrnEngine.Training.Verbs;

/// <summary>
/// The layers of a network with the columns and the footer of torchinfo. Sizes are computed as there: float32; a pass forward and back holds the outputs of the
/// layers with parameters, twice, for values and gradients; a megabyte is a million bytes. Multiply-adds are those of convolutions and the classifier's
/// product, the paper's count; torchinfo's total is larger by one per parameter of each batch norm, and of the classifier's bias, and image.
/// </summary>
internal sealed class LayerTable
{
    private readonly string _model;
    private readonly int _classes;
    private readonly Shape _input;
    private readonly List<Row> _rows = [];

    /// <summary>Takes a network apart.</summary>
    /// <param name="model">The network.</param>
    /// <param name="input">[N, 3, H, W].</param>
    public LayerTable(WideResNet model, Shape input)
    {
        (_model, _classes, _input) = (model.Options.Name, model.Options.NumClasses, input);
        LayerInfo[] layers = [.. model.Describe(input)];
        var counts = new Dictionary<int, int>();
        string group = "", block = "";
        for (int i = 0; i < layers.Length; i++)
        {
            var layer = layers[i];
            if (layer.Depth < BlockDepth) (group, block) = ("", "");
            if (layer.Depth == BlockDepth)
            {
                string name = layer.Name[..layer.Name.LastIndexOf('.')];
                if (name != group)
                {
                    var last = layers.Last(l => l.Depth == BlockDepth && l.Name.StartsWith(name + ".", StringComparison.Ordinal));
                    Add(name, name, "Group", layer.Depth - 1, layer.Input, last.Output);
                }

                Add(layer.Name, layer.Name[(name.Length + 1)..], $"Block {layer.Kind}", layer.Depth, layer.Input, layer.Output);
                (group, block) = (name, layer.Name);
                continue;
            }

            Add(layer.Name, block.Length > 0 ? layer.Name[(block.Length + 1)..] : layer.Name, layer.Kind, layer.Depth, layer.Input, layer.Output, layer.Parameters, layer.Macs);
        }

        Parameters = layers.Sum(l => l.Parameters);
        MultAdds = layers.Sum(l => l.Macs);
        InputBytes = input.Numel * sizeof(float);
        PassBytes = 2 * sizeof(float) * layers.Where(l => l.Parameters > 0).Sum(l => l.Output.Numel);

        void Add(string name, string shortName, string type, int depth, Shape from, Shape to, long? parameters = null, long? multAdds = null)
        {
            int index = counts[depth] = counts.GetValueOrDefault(depth) + 1;
            _rows.Add(new Row(name, shortName, type, depth, index, from, to, parameters, multAdds));
        }
    }

    private const int BlockDepth = 2; // network, group, block

    /// <summary>Values that are trained: all.</summary>
    public long Parameters { get; }

    /// <summary>Of the whole input.</summary>
    public long MultAdds { get; }

    private long InputBytes { get; }

    private long PassBytes { get; }

    private long ParameterBytes => sizeof(float) * Parameters;

    private long TotalBytes => InputBytes + PassBytes + ParameterBytes;

    /// <summary>Writes table and footer.</summary>
    public void Write(Terminal terminal)
    {
        terminal.Line($"{_model}, {_classes} classes, for one image {_input}");
        var table = new TextTable(3, "Layer (type (name):depth-idx)", "Input Shape", "Output Shape", "Param #", "Mult-Adds");
        foreach (var row in _rows)
        {
            table.Add(
                $"{new string(' ', 2 * (row.Depth - 1))}{row.Type} ({row.ShortName}): {row.Depth}-{row.Index}", row.Input.ToString(), row.Output.ToString(),
                Count(row.Parameters), Count(row.MultAdds));
        }

        table.Write(terminal);
        foreach (string line in new[]
        {
            $"Total params: {Parameters:N0}", $"Trainable params: {Parameters:N0}", "Non-trainable params: 0", $"Total mult-adds: {MultAdds:N0}",
            $"Input size (MB): {Megabytes(InputBytes)}", $"Forward/backward pass size (MB): {Megabytes(PassBytes)}",
            $"Params size (MB): {Megabytes(ParameterBytes)}", $"Estimated Total Size (MB): {Megabytes(TotalBytes)}",
        }) terminal.Line(line);
    }

    /// <summary>All rows and totals. A group or block has no count of its own.</summary>
    public JsonObject ToJson() => new()
    {
        ["model"] = _model,
        ["classes"] = _classes,
        ["input"] = Json(_input),
        ["layers"] = new JsonArray([.. _rows.Select(row => (JsonNode)new JsonObject
        {
            ["name"] = row.Name,
            ["type"] = row.Type,
            ["depth"] = row.Depth,
            ["index"] = row.Index,
            ["input"] = Json(row.Input),
            ["output"] = Json(row.Output),
            ["parameters"] = row.Parameters,
            ["multAdds"] = row.MultAdds,
        })]),
        ["totals"] = new JsonObject
        {
            ["parameters"] = Parameters,
            ["trainableParameters"] = Parameters,
            ["nonTrainableParameters"] = 0,
            ["multAdds"] = MultAdds,
            ["inputBytes"] = InputBytes,
            ["forwardBackwardBytes"] = PassBytes,
            ["parameterBytes"] = ParameterBytes,
            ["estimatedTotalBytes"] = TotalBytes,
        },
    };

    private static JsonArray Json(Shape shape) => [.. Enumerable.Range(0, shape.Rank).Select(i => (JsonNode)shape[i])];

    private static string Count(long? value) => value is null or 0 ? "--" : $"{value:N0}";

    private static string Megabytes(long bytes) => $"{bytes / 1e6:N2}";

    private sealed record Row(string Name, string ShortName, string Type, int Depth, int Index, Shape Input, Shape Output, long? Parameters, long? MultAdds);
}
