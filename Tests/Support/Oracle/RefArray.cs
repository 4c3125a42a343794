using System.Runtime.InteropServices;
using WrnEngine.Devices;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Support.Oracle;

/// <summary>A tensor of the oracle: doubles in logical (row-major, NCHW) order, with nothing clever about it.</summary>
public sealed class RefArray
{
    public RefArray(Shape shape) : this(shape, new double[shape.Numel]) { }

    public RefArray(Shape shape, double[] values)
    {
        if (values.Length != shape.Numel) throw new ArgumentException($"{values.Length} values for shape {shape}");
        Shape = shape;
        Values = values;
    }

    public Shape Shape { get; }

    public double[] Values { get; }

    public int Count => Values.Length;

    public double this[int n, int c, int h, int w]
    {
        get => Values[((n * Shape[1] + c) * Shape[2] + h) * Shape[3] + w];
        set => Values[((n * Shape[1] + c) * Shape[2] + h) * Shape[3] + w] = value;
    }

    public double this[int row, int column]
    {
        get => Values[row * Shape[1] + column];
        set => Values[row * Shape[1] + column] = value;
    }

    /// <summary>Elements per channel and channel of an [N, C, ...] array: element i belongs to channel i / inner % C.</summary>
    public int InnerSize => Shape.Rank <= 2 ? 1 : (int)(Shape.Numel / Math.Max(1, (long)Shape[0] * Shape[1]));

    public int ChannelOf(int index) => index / InnerSize % Shape[1];

    public static RefArray Scalar(double value) => new(Shape.Scalar, [value]);

    public static RefArray From(Shape shape, params double[] values) => new(shape, values);

    public static RefArray From(Tensor tensor) => tensor.DType switch
    {
        DType.Float32 => new RefArray(tensor.Shape, Array.ConvertAll(tensor.ToArray<float>(), v => (double)v)),
        DType.Int32 => new RefArray(tensor.Shape, Array.ConvertAll(tensor.ToArray<int>(), v => (double)v)),
        DType.UInt8 => new RefArray(tensor.Shape, Array.ConvertAll(tensor.ToArray<byte>(), v => (double)v)),
        DType.BFloat16 => FromBFloat16(tensor),
        _ => throw new ArgumentException($"cannot read {tensor.DType}"),
    };

    public Tensor ToTensor(Device device, DType dtype = DType.Float32) => dtype switch
    {
        DType.Float32 => Tensor.From(ToFloats(), Shape, device),
        DType.Int32 => Tensor.From(Array.ConvertAll(Values, v => checked((int)v)), Shape, device),
        DType.UInt8 => Tensor.From(Array.ConvertAll(Values, v => checked((byte)v)), Shape, device),
        DType.BFloat16 => ToBFloat16(device),
        _ => throw new ArgumentException($"cannot write {dtype}"),
    };

    public float[] ToFloats() => Array.ConvertAll(Values, v => (float)v);

    public RefArray Clone() => new(Shape, (double[])Values.Clone());

    public RefArray Map(Func<double, double> f) => new(Shape, Array.ConvertAll(Values, v => f(v)));

    /// <summary>The same values as an element type stores them, so that a device and the oracle start from equal numbers.</summary>
    public RefArray Rounded(DType dtype = DType.Float32) => Map(v => Stored(v, dtype));

    /// <summary>A value as an element type stores it; what overflows the type is an infinity.</summary>
    public static double Stored(double value, DType dtype) => dtype switch
    {
        DType.BFloat16 => BFloat16.ToSingle(BFloat16.FromSingle((float)value)),
        DType.Int32 => value,
        _ => (float)value,
    };

    public RefArray Reshape(Shape shape) => new(shape, (double[])Values.Clone());

    public static RefArray operator +(RefArray a, RefArray b) => Zip(a, b, (u, v) => u + v);

    public static RefArray operator *(RefArray a, double factor) => a.Map(v => v * factor);

    public double Dot(RefArray other) => Values.Zip(other.Values, (u, v) => u * v).Sum();

    /// <summary>Root mean square of the values; 0 for an empty array.</summary>
    public double Rms() => Count == 0 ? 0 : Math.Sqrt(Values.Sum(v => v * v) / Count);

    // By the host's conversions, in stored order: no kernel has a part in it.
    private Tensor ToBFloat16(Device device)
    {
        ushort[] stored = new ushort[Count];
        StorageOrder.FromLogical<ushort>(Array.ConvertAll(ToFloats(), BFloat16.FromSingle), stored, Shape);
        var tensor = Tensor.Empty(Shape, device, DType.BFloat16);
        device.CopyFromHost(MemoryMarshal.AsBytes<ushort>(stored), tensor);
        return tensor;
    }

    private static RefArray FromBFloat16(Tensor tensor)
    {
        ushort[] stored = new ushort[tensor.Numel], values = new ushort[tensor.Numel];
        tensor.Device.CopyToHost(tensor, MemoryMarshal.AsBytes(stored.AsSpan()));
        StorageOrder.ToLogical<ushort>(stored, values, tensor.Shape);
        return new RefArray(tensor.Shape, Array.ConvertAll(values, v => (double)BFloat16.ToSingle(v)));
    }

    private static RefArray Zip(RefArray a, RefArray b, Func<double, double, double> f)
    {
        if (a.Shape != b.Shape) throw new ArgumentException($"shapes {a.Shape} and {b.Shape} differ");
        return new RefArray(a.Shape, a.Values.Zip(b.Values, f).ToArray());
    }
}
