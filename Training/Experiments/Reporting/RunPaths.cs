namespace WrnEngine.Training.Experiments.Reporting;

/// <summary>Run folders as they may be shown to others: never from the root of this machine.</summary>
internal static class RunPaths
{
    /// <summary>A folder seen from another one, with slashes; its last two names where it lies outside.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="from">Where the reader is.</param>
    public static string Relative(string folder, string from)
    {
        string relative = Path.GetRelativePath(from, folder).Replace('\\', '/');
        bool isOutside = Path.IsPathRooted(relative) || relative == ".." || relative.StartsWith("../", StringComparison.Ordinal);
        return isOutside ? string.Join('/', folder.Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries).TakeLast(2)) : relative;
    }

    /// <summary>A file in a folder below as the address of a link, or null where it is not there or not below.</summary>
    public static string? Link(string folder, string from, string file)
    {
        string relative = Path.GetRelativePath(from, folder).Replace('\\', '/');
        return Path.IsPathRooted(relative) || relative.StartsWith("..", StringComparison.Ordinal) || !File.Exists(Path.Combine(folder, file)) ? null
            : string.Join('/', relative.Split('/').Append(file).Select(Uri.EscapeDataString));
    }
}
