using WrnEngine.Devices;
using WrnEngine.Models.Protobuf;
using WrnEngine.Nn;
using WrnEngine.Tensors;

namespace WrnEngine.Models.Onnx;

/// <summary>
/// From calls of op families to ONNX nodes. A value is known by its address: memory that is used again has been written again, and that made it another value.
/// </summary>
internal sealed class OnnxTrace
{
    private const string InputName = "images", OutputName = "logits";

    private readonly OnnxGraph _graph = new();
    private readonly Dictionary<nint, (string Name, Shape Shape)> _values = [];
    private readonly Dictionary<nint, string> _weights = [];
    private readonly Shape _input;

    /// <summary>Starts with an input and with tensors that become constants under their names where they are read.</summary>
    public OnnxTrace(Tensor input, IEnumerable<NamedTensor> weights)
    {
        _input = input.Shape;
        _values[input.DevicePointer] = (InputName, input.Shape);
        foreach (var (name, tensor) in weights) _weights[tensor.DevicePointer] = name;
    }

    /// <summary>The file, the result being <paramref name="output"/>.</summary>
    public ProtobufWriter ToModel(string name, Tensor output, IEnumerable<KeyValuePair<string, string>> metadata) =>
        _graph.ToModel(name, InputName, _input.Dims, Read(output), OutputName, output.Shape.Dims, metadata);

    /// <summary>A tensor of the same elements in the same order.</summary>
    public void Copied(Tensor source, Tensor target) => _values[target.DevicePointer] = (Read(source), source.Shape);

    /// <summary>Adds the nodes of one call.</summary>
    /// <param name="method">The method of its op family.</param>
    /// <param name="a">Its arguments.</param>
    /// <exception cref="NotSupportedException">There is no node for it.</exception>
    public void Record(string method, object?[] a)
    {
        switch (method)
        {
            case nameof(IConvOps.Conv2dForward) when a[4] is ConvPrologue { IsNone: true } && a[5] is ConvEpilogue { IsNone: true }:
                Conv((Conv2dShape)a[0]!, T(a[1]), T(a[2]), T(a[3]));
                break;
            case nameof(INormOps.BatchNormInference):
                string norm = _graph.Node("BatchNormalization", [Read(T(a[0])), Read(T(a[3])), Read(T(a[4])), Read(T(a[1])), Read(T(a[2]))], new OnnxAttribute("epsilon", (float)a[5]!));
                Write(T(a[7]), (bool)a[6]! ? _graph.Node("Relu", [norm]) : norm);
                break;
            case nameof(IElementwiseOps.Unary):
                Write(T(a[2]), _graph.Node(NodeOf((UnaryOp)a[0]!), [Read(T(a[1]))]));
                break;
            case nameof(IElementwiseOps.Binary):
                Write(T(a[3]), _graph.Node(NodeOf((BinaryOp)a[0]!), [Read(T(a[1])), Read(T(a[2]))]));
                break;
            case nameof(IElementwiseOps.Fill):
                Write(T(a[0]), _graph.Constant(_graph.Name("fill"), T(a[0]).Shape.Dims, Enumerable.Repeat((float)a[1]!, checked((int)T(a[0]).Numel)).ToArray()));
                break;
            case nameof(IElementwiseOps.CopyLogical):
                Write(T(a[1]), Reshape(Read(T(a[0])), T(a[1]).Shape));
                break;
            case nameof(IElementwiseOps.ResizeChannels):
                Write(T(a[1]), ResizeChannels(T(a[0]), T(a[1])));
                break;
            case nameof(IElementwiseOps.ReduceSum) when a[3] is false:
                Write(T(a[1]), ReduceSum(T(a[0]), T(a[1]), (float)a[2]!));
                break;
            case nameof(IPoolOps.AveragePool2d):
                Write(T(a[2]), AveragePool((Pool2dShape)a[0]!, Read(T(a[1]))));
                break;
            case nameof(IPoolOps.MaxPool2d):
                Write(T(a[2]), _graph.Node("MaxPool", [Read(T(a[1]))], Windows((Pool2dShape)a[0]!)));
                break;
            case nameof(IMatMulOps.MatMul) when a[5] is false:
                IEnumerable<Tensor> factors = a[6] is Tensor bias ? [T(a[0]), T(a[2]), bias] : [T(a[0]), T(a[2])];
                Write(T(a[4]), _graph.Node("Gemm", factors.Select(Read), new OnnxAttribute("transA", (bool)a[1]! ? 1L : 0), new OnnxAttribute("transB", (bool)a[3]! ? 1L : 0)));
                break;
            case nameof(ILossOps.LogSoftmax):
                Write(T(a[1]), _graph.Node("LogSoftmax", [Read(T(a[0]))], new OnnxAttribute("axis", -1L)));
                break;
            default:
                throw new NotSupportedException($"{method} with these arguments has no ONNX node in this exporter");
        }
    }

    private static Tensor T(object? argument) => (Tensor)argument!;

    private void Conv(in Conv2dShape s, Tensor x, Tensor weight, Tensor y) => Write(y, _graph.Node(
        "Conv", [Read(x), Read(weight)],
        new OnnxAttribute("kernel_shape", s.KernelH, s.KernelW), new OnnxAttribute("strides", s.StrideH, s.StrideW),
        new OnnxAttribute("pads", s.PaddingH, s.PaddingW, s.PaddingH, s.PaddingW)));

    private string AveragePool(in Pool2dShape s, string x)
    {
        bool isGlobal = s.KernelH == s.H && s.KernelW == s.W && s.PaddingH == 0 && s.PaddingW == 0;
        return isGlobal ? _graph.Node("GlobalAveragePool", [x]) : _graph.Node("AveragePool", [x], [.. Windows(s), new OnnxAttribute("count_include_pad", 1L)]);
    }

    private static OnnxAttribute[] Windows(in Pool2dShape s) =>
    [
        new("kernel_shape", s.KernelH, s.KernelW), new("strides", s.StrideH, s.StrideW), new("pads", s.PaddingH, s.PaddingW, s.PaddingH, s.PaddingW),
    ];

    private string ResizeChannels(Tensor x, Tensor y)
    {
        int more = y.Shape[1] - x.Shape[1];
        return more >= 0 ? _graph.Node("Pad", [Read(x), _graph.Integers("pads", 0, 0, 0, 0, 0, more, 0, 0)])
            : _graph.Node("Slice", [Read(x), _graph.Integers("starts", 0), _graph.Integers("ends", y.Shape[1]), _graph.Integers("axes", 1)]);
    }

    private string ReduceSum(Tensor x, Tensor y, float scale)
    {
        int added = x.Rank - y.Rank;
        long[] axes = [.. Enumerable.Range(0, x.Rank).Where(i => i < added || (y.Shape[i - added] == 1 && x.Shape[i] != 1)).Select(i => (long)i)];
        string sum = _graph.Node("ReduceSum", [Read(x), _graph.Integers("axes", axes)], new OnnxAttribute("keepdims", 1L));
        if (added > 0) sum = Reshape(sum, y.Shape);
        return scale == 1 ? sum : _graph.Node("Mul", [sum, _graph.Constant(_graph.Name("scale"), [], [scale])]);
    }

    private string Reshape(string x, Shape shape)
    {
        long[] dims = [.. shape.Dims.ToArray().Select(d => (long)d)];
        if (dims.Length > 0 && dims[0] == _input[0]) dims[0] = -1; // the batch
        return _graph.Node("Reshape", [x, _graph.Integers("shape", dims)]);
    }

    /// <summary>The value that lies in a tensor; one that no node has made is a constant.</summary>
    private string Read(Tensor x)
    {
        if (!_values.TryGetValue(x.DevicePointer, out var value))
        {
            string name = _weights.GetValueOrDefault(x.DevicePointer) ?? _graph.Name("constant");
            value = (_graph.Constant(name, x.Shape.Dims, x.ToArray<float>()), x.Shape);
            _values[x.DevicePointer] = value;
        }

        return value.Shape == x.Shape ? value.Name : Reshape(value.Name, x.Shape); // a view
    }

    private void Write(Tensor y, string name) => _values[y.DevicePointer] = (name, y.Shape);

    private static string NodeOf(UnaryOp op) => op switch
    {
        UnaryOp.Negate => "Neg",
        _ => op.ToString(),
    };

    private static string NodeOf(BinaryOp op) => op switch
    {
        BinaryOp.Subtract => "Sub",
        BinaryOp.Multiply => "Mul",
        BinaryOp.Divide => "Div",
        _ => op.ToString(),
    };
}
