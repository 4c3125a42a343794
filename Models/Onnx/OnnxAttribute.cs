using WrnEngine.Models.Protobuf;

namespace WrnEngine.Models.Onnx;

/// <summary>A named setting of a node: a number, or several whole ones.</summary>
internal readonly record struct OnnxAttribute
{
    private const int FloatType = 1, IntType = 2, IntsType = 7; // AttributeProto.AttributeType

    private readonly string _name;
    private readonly float? _real;
    private readonly long? _whole;
    private readonly long[]? _several;

    /// <summary>A real number.</summary>
    public OnnxAttribute(string name, float value) => (_name, _real, _whole, _several) = (name, value, null, null);

    /// <summary>A whole number.</summary>
    public OnnxAttribute(string name, long value) => (_name, _real, _whole, _several) = (name, null, value, null);

    /// <summary>Several whole numbers.</summary>
    public OnnxAttribute(string name, params long[] values) => (_name, _real, _whole, _several) = (name, null, null, values);

    /// <summary>The <c>AttributeProto</c>.</summary>
    public ProtobufWriter ToMessage()
    {
        var message = new ProtobufWriter().Field(1, _name);
        if (_real is { } real) return message.Field(2, real).Field(20, FloatType);
        if (_whole is { } whole) return message.Field(3, whole).Field(20, IntType);
        return message.Fields(8, _several!, (w, n, v) => w.Field(n, v)).Field(20, IntsType);
    }
}
