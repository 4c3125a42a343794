namespace WrnEngine.Training.Explain;

/// <summary>Lines of the kernels' sources, which the program carries for this purpose.</summary>
internal static class CudaSource
{
    private const int Around = 3;

    /// <summary>A line with its number and those around it; empty where the source is not here.</summary>
    /// <param name="file">The path in the PTX, as in <c>./Kernels/conv2d.cu</c>.</param>
    /// <param name="line">From 1.</param>
    public static string Excerpt(string? file, int line)
    {
        if (file is null) return "";
        using var stream = typeof(CudaSource).Assembly.GetManifestResourceStream("cuda/" + Path.GetFileName(file));
        if (stream is null) return "";
        using var reader = new StreamReader(stream);
        string[] lines = reader.ReadToEnd().ReplaceLineEndings("\n").Split('\n');
        int first = Math.Max(1, line - Around), last = Math.Min(lines.Length, line + Around);
        return string.Join('\n', Enumerable.Range(first, Math.Max(0, last - first + 1)).Select(n => $"{n,4}{(n == line ? " > " : "   ")}{lines[n - 1]}"));
    }
}
