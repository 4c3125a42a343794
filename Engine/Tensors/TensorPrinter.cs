using System.Globalization;
using System.Text;

namespace WrnEngine.Tensors;

/// <summary>Prints tensors the way NumPy and PyTorch do: nested brackets, the middle of long axes left out.</summary>
internal static class TensorPrinter
{
    private const int LongAxis = 8;
    private const int EdgeItems = 3;

    public static string Format(Tensor tensor)
    {
        string head = $"{tensor.DType.ShortName()}{tensor.Shape} on {tensor.Device.Name}";
        if (tensor.IsReleased) return head + " (released)";
        var text = tensor.DType switch
        {
            DType.Float32 => Nested(tensor.ToArray<float>(), tensor.Shape, v => v.ToString("0.####", CultureInfo.InvariantCulture)),
            DType.Int32 => Nested(tensor.ToArray<int>(), tensor.Shape, v => v.ToString(CultureInfo.InvariantCulture)),
            DType.UInt8 => Nested(tensor.ToArray<byte>(), tensor.Shape, v => v.ToString(CultureInfo.InvariantCulture)),
            _ => "",
        };
        return head + "\n" + text;
    }

    private static string Nested<T>(T[] values, Shape shape, Func<T, string> format)
    {
        var text = new StringBuilder();
        Append(text, values, shape, format, axis: 0, offset: 0, shape.RowMajorStrides());
        return text.ToString();
    }

    private static void Append<T>(StringBuilder text, T[] values, Shape shape, Func<T, string> format, int axis, int offset, int[] strides)
    {
        if (axis == shape.Rank)
        {
            text.Append(format(values[offset]));
            return;
        }
        string separator = axis == shape.Rank - 1 ? ", " : ",\n" + new string(' ', axis + 1);
        text.Append('[');
        for (int i = 0; i < shape[axis]; i++)
        {
            if (i > 0) text.Append(separator);
            if (shape[axis] > LongAxis && i == EdgeItems)
            {
                text.Append("...");
                i = shape[axis] - EdgeItems - 1;
                continue;
            }
            Append(text, values, shape, format, axis + 1, offset + i * strides[axis], strides);
        }
        text.Append(']');
    }
}
