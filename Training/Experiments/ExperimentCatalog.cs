using System.Reflection;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Experiments.Description;

namespace WrnEngine.Training.Experiments;

/// <summary>The experiments that come with the program, and those that users describe themselves.</summary>
internal static class ExperimentCatalog
{
    private const string Prefix = "experiments/", Extension = ".json";
    private const int LargestFile = 1 << 20;

    /// <summary>Names of those that come with the program, sorted.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal) && n.EndsWith(Extension, StringComparison.Ordinal))
            .Select(n => n[Prefix.Length..^Extension.Length]).Order(StringComparer.Ordinal),
    ];

    /// <summary>All that come with the program.</summary>
    public static IReadOnlyList<Experiment> All => [.. Names.Select(BuiltIn)];

    /// <summary>The experiment of a name, or else the one that a file describes.</summary>
    /// <exception cref="UserException">There is neither, or the file is wrong.</exception>
    public static Experiment Find(string nameOrFile)
    {
        if (Names.Contains(nameOrFile)) return BuiltIn(nameOrFile);
        if (File.Exists(nameOrFile)) return DescriptionReader.Read(Path.GetFileNameWithoutExtension(nameOrFile), nameOrFile, ReadFile(nameOrFile));
        string list = Names.Count == 0 ? "none came with this program" : $"there are {string.Join(", ", Names)}";
        string hint = Nearest.To(nameOrFile, Names) is { } near ? $"; did you mean {near}?" : ".";
        throw new UserException(ExitCode.Usage, $"there is no experiment and no file '{SafeText.Of(nameOrFile)}'; {list}{hint}");
    }

    private static Experiment BuiltIn(string name) => DescriptionReader.Read(name, name + Extension, Description(name));

    /// <summary>The file of one that comes with the program.</summary>
    internal static byte[] Description(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + name + Extension)!;
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    private static byte[] ReadFile(string path)
    {
        try
        {
            if (new FileInfo(path).Length > LargestFile) throw new UserException(ExitCode.BadData, $"{SafeText.Of(path)} describes no experiment: it is larger than a megabyte.");
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException(ExitCode.InputOutput, $"{SafeText.Of(path)} cannot be read: {e.Message.TrimEnd('.')}.", e);
        }
    }
}
