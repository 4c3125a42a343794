using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Devices.Cuda.Libraries;

/// <summary>What looking for an optional library came to. That there is none is no error.</summary>
/// <param name="Api">The filled table, or null.</param>
/// <param name="Path">The file that the table comes from.</param>
/// <param name="Version">Of the library, as 9.6.0; null where only a handle tells.</param>
/// <param name="Attempts">Every place that was tried, in order.</param>
public sealed record LibraryLoad<TApi>(TApi? Api, string? Path, string? Version, IReadOnlyList<CudaLoadAttempt> Attempts) where TApi : class
{
    /// <summary>Nothing was looked for.</summary>
    public static LibraryLoad<TApi> None { get; } = new(null, null, null, []);

    /// <summary>What somebody may want to know of: libraries that are there and were not taken, each with the reason.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>An opened library, by its exports.</summary>
/// <param name="Resolve">Name to address; 0 where there is none.</param>
/// <param name="Close">Lets go of it.</param>
internal sealed record OpenedLibrary(Func<string, nint> Resolve, Action Close)
{
    /// <summary>Opens a file or a name on the loader's path; otherwise says why not.</summary>
    public static (OpenedLibrary? Library, string Outcome) Open(string path)
    {
        // The system loader says nothing useful about a bare name; about a file it says why.
        bool isFile = Path.IsPathFullyQualified(path);
        if (isFile && !File.Exists(path)) return (null, "no such file");
        try
        {
            nint library = NativeLibrary.Load(path);
            return (new OpenedLibrary(name => NativeLibrary.TryGetExport(library, name, out nint entry) ? entry : 0, () => NativeLibrary.Free(library)), "loaded");
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return (null, isFile ? "not loadable: " + e.Message.Split('\n', 2)[0].TrimEnd() : "not on the loader's path");
        }
    }

    /// <summary>Fills a table's entries; the first name that is missing otherwise.</summary>
    public string? Bind(ReadOnlySpan<string> symbols, Span<nint> entries)
    {
        for (int i = 0; i < symbols.Length; i++)
            if ((entries[i] = Resolve(symbols[i])) == 0) return symbols[i];
        return null;
    }
}
