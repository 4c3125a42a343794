using System.Text;

namespace WrnEngine.Tests.Support;

/// <summary>Documents that tests hold to what they say: embedded in the tests, so that these run where there is no clone, too.</summary>
internal static class RepositoryFile
{
    /// <summary>The text of a document as it was when the tests were built.</summary>
    /// <param name="path">From the top of the repository, with slashes.</param>
    /// <exception cref="FileNotFoundException">It is not embedded: the project file of the tests says which are.</exception>
    public static string Read(string path)
    {
        using var stream = typeof(RepositoryFile).Assembly.GetManifestResourceStream("Repository/" + path) ?? throw new FileNotFoundException($"{path} is not embedded in the tests");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    /// <summary>The clone that the tests were built in, or null where they run by themselves.</summary>
    public static string? FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "WrnEngine.sln"))) return folder.FullName;
        return null;
    }

    /// <summary>The clone that the tests were built in.</summary>
    /// <exception cref="DirectoryNotFoundException">They run by themselves.</exception>
    public static string Root() => FindRoot() ?? throw new DirectoryNotFoundException($"no folder above {AppContext.BaseDirectory} has WrnEngine.sln");
}
