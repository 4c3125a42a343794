using System.Runtime.InteropServices;
using WrnEngine.Models.Protobuf;

namespace WrnEngine.Models.Onnx;

/// <summary>
/// An ONNX graph under construction: nodes in order, each reading values by name, and constants. Field numbers are those of <c>onnx.proto3</c>; IR version 8
/// and operator set 17, which every ONNX Runtime since 1.12 reads.
/// </summary>
internal sealed class OnnxGraph
{
    private const int IrVersion = 8, OperatorSet = 17;
    private const int Float = 1, Int64 = 7; // TensorProto.DataType

    private readonly List<ProtobufWriter> _nodeMessages = [], _constants = [];
    private readonly Dictionary<string, int> _counts = [];

    /// <summary>What a message of 2 GiB or more would be: protocol buffers have none.</summary>
    public const long MostBytes = int.MaxValue;

    /// <summary>Adds a node with one output, and names that output.</summary>
    public string Node(string op, IEnumerable<string> inputs, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        string name = Name(op.ToLowerInvariant());
        var node = new ProtobufWriter().Fields(1, inputs, (w, n, v) => w.Field(n, v)).Field(2, name).Field(3, name).Field(4, op);
        foreach (var attribute in attributes) node.Field(5, attribute.ToMessage());
        _nodeMessages.Add(node);
        return name;
    }

    /// <summary>Adds a float32 constant.</summary>
    /// <param name="name">Its name in the graph, unlike any other.</param>
    /// <param name="dims">Its shape.</param>
    /// <param name="values">In row-major order.</param>
    public string Constant(string name, ReadOnlySpan<int> dims, ReadOnlySpan<float> values) => Add(name, dims, Float, MemoryMarshal.AsBytes(values));

    /// <summary>Adds a list of integers, as shapes and pads are given.</summary>
    public string Integers(string kind, params ReadOnlySpan<long> values) => Add(Name(kind), [values.Length], Int64, MemoryMarshal.AsBytes(values));

    /// <summary>A name that the graph does not have yet.</summary>
    public string Name(string kind)
    {
        _counts[kind] = _counts.GetValueOrDefault(kind) + 1;
        return $"{kind}_{_counts[kind]}";
    }

    /// <summary>The whole model. The first axis of input and output is a batch of any size.</summary>
    /// <param name="name">Name of the graph.</param>
    /// <param name="input">Name of the input.</param>
    /// <param name="inputShape">Its shape for some batch.</param>
    /// <param name="output">Name of the value that is the output.</param>
    /// <param name="outputName">What the output is called.</param>
    /// <param name="outputShape">Its shape for that batch.</param>
    /// <param name="metadata">Keys and values that go along.</param>
    public ProtobufWriter ToModel(
        string name, string input, ReadOnlySpan<int> inputShape, string output, string outputName, ReadOnlySpan<int> outputShape,
        IEnumerable<KeyValuePair<string, string>> metadata)
    {
        // A node of its own, so that the output has the name people look for.
        _nodeMessages.Add(new ProtobufWriter().Field(1, output).Field(2, outputName).Field(3, outputName).Field(4, "Identity"));
        long size = _constants.Sum(c => c.Length) + _nodeMessages.Sum(n => n.Length);
        if (size > MostBytes - (1 << 20))
            throw new NotSupportedException($"the network takes {size / 1e9:F1} GB; an ONNX file in one piece holds less than 2.1");
        var graph = new ProtobufWriter()
            .Fields(1, _nodeMessages, (w, n, node) => w.Field(n, node))
            .Field(2, name)
            .Fields(5, _constants, (w, n, constant) => w.Field(n, constant))
            .Field(11, ValueInfo(input, inputShape))
            .Field(12, ValueInfo(outputName, outputShape));
        return new ProtobufWriter()
            .Field(1, IrVersion)
            .Field(2, "WrnEngine")
            .Field(3, typeof(OnnxGraph).Assembly.GetName().Version!.ToString(3))
            .Field(7, graph)
            .Field(8, new ProtobufWriter().Field(1, "").Field(2, OperatorSet))
            .Fields(14, metadata, (w, n, entry) => w.Field(n, new ProtobufWriter().Field(1, entry.Key).Field(2, entry.Value)));
    }

    private string Add(string name, ReadOnlySpan<int> dims, int type, ReadOnlySpan<byte> bytes)
    {
        var tensor = new ProtobufWriter();
        foreach (int dim in dims) tensor.Field(1, dim);
        _constants.Add(tensor.Field(2, type).Field(8, name).Field(9, bytes));
        return name;
    }

    private static ProtobufWriter ValueInfo(string name, ReadOnlySpan<int> dims)
    {
        var shape = new ProtobufWriter().Field(1, new ProtobufWriter().Field(2, "batch"));
        foreach (int dim in dims[1..]) shape.Field(1, new ProtobufWriter().Field(1, dim));
        var type = new ProtobufWriter().Field(1, Float).Field(2, shape);
        return new ProtobufWriter().Field(1, name).Field(2, new ProtobufWriter().Field(1, type));
    }
}
