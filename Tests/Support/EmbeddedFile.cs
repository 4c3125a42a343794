using System.Text;

namespace WrnEngine.Tests.Support;

/// <summary>Documents and examples that tests hold to what they say: embedded, so that these tests run where there is no clone, too.</summary>
internal static class EmbeddedFile
{
    /// <summary>The text of a file as it was when the tests were built.</summary>
    /// <param name="path">From the top of the repository, with slashes.</param>
    /// <exception cref="FileNotFoundException">It is not embedded: the project file of the tests says which are.</exception>
    public static string Read(string path)
    {
        using var stream = typeof(EmbeddedFile).Assembly.GetManifestResourceStream("Repository/" + path) ?? throw new FileNotFoundException($"{path} is not embedded in the tests");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
