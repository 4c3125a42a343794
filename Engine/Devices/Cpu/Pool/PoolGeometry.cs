namespace WrnEngine.Devices.Cpu.Pool;

/// <summary>Half-open ranges along one axis of a pooling.</summary>
internal static class PoolGeometry
{
    /// <summary>The part inside the image of the window that belongs to an output position.</summary>
    public static (int First, int End) Window(int output, int stride, int padding, int kernel, int size)
    {
        int first = output * stride - padding;
        return (Math.Max(first, 0), Math.Min(first + kernel, size));
    }

    /// <summary>The output positions whose windows cover an input position: output * stride - padding in (input - kernel, input].</summary>
    public static (int First, int End) Covering(int input, int stride, int padding, int kernel, int outputs)
    {
        int highest = input + padding, lowest = highest - kernel + 1;
        int first = lowest <= 0 ? 0 : (lowest + stride - 1) / stride;
        return (first, Math.Min(highest / stride + 1, outputs));
    }

    /// <summary>Splits a pixel number into sample, row and column.</summary>
    public static (long N, int Row, int Column) Pixel(long pixel, int height, int width)
    {
        (long row, long column) = Math.DivRem(pixel, width);
        (long n, row) = Math.DivRem(row, height);
        return (n, (int)row, (int)column);
    }
}
