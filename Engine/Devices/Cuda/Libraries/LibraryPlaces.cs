using WrnEngine.Kernels.Driver;

namespace WrnEngine.Devices.Cuda.Libraries;

/// <summary>Where NVIDIA's libraries beside the driver lie: on the loader's path, in a toolkit, in a folder of their own, or in Python wheels.</summary>
internal static class LibraryPlaces
{
    private static readonly string[] FoldersOfARoot = OperatingSystem.IsWindows() ? ["", "bin", @"bin\x64"] : ["", "lib64", "lib"];

    /// <summary>Every file that may be the library, the likeliest first.</summary>
    /// <param name="names">Its file names, the best first.</param>
    /// <param name="wheel">Its folder among Python's packages: <c>cudnn</c> is nvidia/cudnn/lib.</param>
    /// <param name="rootVariables">Variables that name a folder with <c>lib64</c>, <c>lib</c> or <c>bin</c> in it.</param>
    /// <param name="variable">Reads a variable.</param>
    public static IEnumerable<string> Candidates(
        IReadOnlyList<string> names, string wheel, IReadOnlyList<string> rootVariables, Func<string, string?> variable)
    {
        // The project's own variable comes first; it may name folders of libraries, of Python's packages, or the file itself.
        string binaries = OperatingSystem.IsWindows() ? "bin" : "lib";
        foreach (string entry in Entries(variable(CudaLibrary.PathVariable)))
        {
            if (names.Contains(Path.GetFileName(entry))) yield return entry;
            string[] folders = [entry, Path.Combine(entry, wheel, binaries), Path.Combine(entry, "nvidia", wheel, binaries)];
            foreach (string file in Files(folders.Where(Directory.Exists), names)) yield return file;
        }

        foreach (string root in rootVariables.SelectMany(name => Entries(variable(name))))
            foreach (string file in Files(FoldersOfARoot.Select(folder => Path.Combine(root, folder)).Where(Directory.Exists), names))
                yield return file;

        foreach (string name in names) yield return name;
        if (!OperatingSystem.IsWindows())
            foreach (string file in Files(["/usr/local/cuda/lib64"], names))
                yield return file;
    }

    private static IEnumerable<string> Files(IEnumerable<string> folders, IReadOnlyList<string> names) =>
        folders.SelectMany(folder => names.Select(name => Path.Combine(folder, name)));

    private static IEnumerable<string> Entries(string? paths) =>
        (paths ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Path.GetFullPath);
}
