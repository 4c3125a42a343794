namespace WrnEngine.Training.Data.Matlab;

/// <summary>The storage types of level 5, by their numbers.</summary>
internal enum MatType
{
    Int8 = 1,
    UInt8 = 2,
    Int16 = 3,
    UInt16 = 4,
    Int32 = 5,
    UInt32 = 6,
    Single = 7,
    Double = 9,
    Int64 = 12,
    UInt64 = 13,
    Matrix = 14,
    Compressed = 15,
}

/// <summary>A numeric array in a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Sizes">Its sizes; the first axis varies fastest.</param>
/// <param name="Count">Number of values.</param>
/// <param name="Offset">Where its element begins in the file, after the tag.</param>
/// <param name="Length">Bytes of the element.</param>
/// <param name="IsCompressed">Whether the element is a zlib stream.</param>
internal sealed record MatVariable(string Name, IReadOnlyList<int> Sizes, long Count, long Offset, long Length, bool IsCompressed)
{
    /// <summary>The sizes as one writes them.</summary>
    public string SizeText => string.Join(" x ", Sizes);
}

/// <summary>Makes the exceptions.</summary>
internal static class MatProblem
{
    public static DatasetException In(string path, string finding, Exception? cause = null) =>
        new(DatasetError.Invalid, $"{path} {finding}; fetch the file again.", cause);

    public static string List(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } list ? list : "nothing";
}
