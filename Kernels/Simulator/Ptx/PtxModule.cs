namespace WrnEngine.Kernels.Simulator.Ptx;

/// <summary>A parsed and verified PTX module. Immutable; can be loaded on any number of devices.</summary>
public sealed class PtxModule
{
    private PtxModule(string fileName, string version, string target)
    {
        FileName = fileName;
        Version = version;
        Target = target;
    }

    public string FileName { get; }

    /// <summary><c>.version</c>, for example 7.5.</summary>
    public string Version { get; }

    /// <summary><c>.target</c>, for example sm_80.</summary>
    public string Target { get; }

    public IReadOnlyList<PtxEntry> Entries { get; private init; } = [];

    public IReadOnlyList<PtxGlobal> Globals { get; private init; } = [];

    /// <summary>Parses PTX text.</summary>
    /// <exception cref="PtxException">The text is not PTX, or uses something that is not supported: names file, line and token.</exception>
    public static PtxModule Parse(string text, string fileName)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new PtxModule(fileName, "", "");
    }

    /// <summary>The entry of that name, or null.</summary>
    public PtxEntry? FindEntry(string name)
    {
        foreach (PtxEntry entry in Entries)
        {
            if (entry.Name == name)
            {
                return entry;
            }
        }
        return null;
    }
}
