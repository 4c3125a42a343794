namespace WrnEngine.Tensors;

/// <summary>Converts between the logical order of elements and the order in which tensors store them (rank 4: channels-last).</summary>
public static class StorageOrder
{
    /// <summary>True when logical and stored order are the same: every rank but 4, and rank 4 with one channel or one pixel.</summary>
    public static bool IsRowMajor(Shape shape) => shape.Rank != 4 || shape[1] == 1 || (long)shape[2] * shape[3] == 1 || shape.Numel == 0;

    /// <summary>NCHW (OIHW) to NHWC (OHWI).</summary>
    public static void FromLogical<T>(ReadOnlySpan<T> logical, Span<T> stored, Shape shape)
    {
        if (IsRowMajor(shape)) logical.CopyTo(stored);
        else Transpose(logical, stored, shape[0], shape[1], shape[2] * shape[3]);
    }

    /// <summary>NHWC (OHWI) to NCHW (OIHW).</summary>
    public static void ToLogical<T>(ReadOnlySpan<T> stored, Span<T> logical, Shape shape)
    {
        if (IsRowMajor(shape)) stored.CopyTo(logical);
        else Transpose(stored, logical, shape[0], shape[2] * shape[3], shape[1]);
    }

    private static void Transpose<T>(ReadOnlySpan<T> source, Span<T> target, int batch, int rows, int columns)
    {
        for (int n = 0; n < batch; n++)
        {
            var s = source.Slice(n * rows * columns, rows * columns);
            var t = target.Slice(n * rows * columns, rows * columns);
            for (int r = 0; r < rows; r++)
                for (int c = 0; c < columns; c++) t[c * rows + r] = s[r * columns + c];
        }
    }
}
