using System.Security.Cryptography;
using WrnEngine.Kernels;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Kernels;

/// <summary>The PTX that ships is what the sources say: its first line has their hash. CI compiles again and compares the text.</summary>
[Category("Kernels")]
public class PtxFilesTests
{
    private static string KernelsFolder => Path.Combine(Repository.Root!, "Kernels");

    private static IEnumerable<string> Sources() => Repository.Root is null ? [] : Directory.EnumerateFiles(KernelsFolder, "*.cu", SearchOption.AllDirectories)
        .Where(f => !Path.GetRelativePath(KernelsFolder, f).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
        .Order(StringComparer.Ordinal);

    [Test]
    public void EverySourceHasItsPtxAndNoneIsLeftOver()
    {
        if (Repository.Root is null) Assert.Ignore("these tests run without the sources");
        var expected = Sources().SelectMany(f => TargetsOf(f).Select(t => (Path.GetFileNameWithoutExtension(f), t)));
        Assert.That(KernelLibrary.Embedded, Is.EquivalentTo(expected));
    }

    [TestCaseSource(nameof(Sources))]
    public void PtxIsMadeFromTheSourceAsItIs(string source)
    {
        string stem = Path.GetFileNameWithoutExtension(source), name = Path.GetRelativePath(Repository.Root!, source).Replace('\\', '/');
        foreach (int target in TargetsOf(source))
        {
            string firstLine = KernelLibrary.PtxOf(stem, target).Split('\n', 2)[0];
            Assert.That(firstLine, Is.EqualTo($"// {HashOf(source)} {name} sm_{target}"), "run tools/build-kernels.sh and commit");
        }
    }

    /// <summary>As tools/build-kernels.sh has it: the source, then all headers in the order of their names.</summary>
    private static string HashOf(string source)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(File.ReadAllBytes(source));
        var headers = Directory.EnumerateFiles(KernelsFolder, "*.cuh", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
        foreach (string header in headers) hash.AppendData(File.ReadAllBytes(header));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static IEnumerable<int> TargetsOf(string source)
    {
        const string Marker = "// Targets:";
        string line = File.ReadLines(source).First(l => l.StartsWith(Marker, StringComparison.Ordinal));
        return line[Marker.Length..].Replace(".", "", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(t => int.Parse(t["sm_".Length..]));
    }
}
