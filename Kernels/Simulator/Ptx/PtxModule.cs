using WrnEngine.Kernels.Simulator.Instructions;

namespace WrnEngine.Kernels.Simulator.Ptx;

/// <summary>A parsed and verified PTX module. Immutable; can be loaded on any number of devices.</summary>
public sealed class PtxModule
{
    private readonly Dictionary<string, PtxFunction> _functions;

    private PtxModule(string fileName, Parser parser)
    {
        FileName = fileName;
        Version = parser.Version;
        Target = parser.Target.Length > 0 ? parser.Target : "sm_50";
        Variables = parser.Variables;
        _functions = parser.Functions.ToDictionary(static function => function.Name);
        Globals =
        [
            .. Variables.Where(static v => v.Space is StateSpace.Global or StateSpace.Constant && !v.IsExtern)
                .Select(static v => new PtxGlobal(v.Name, v.Space == StateSpace.Global ? "global" : "const", v.Size, v.Alignment)),
        ];
        var code = new ModuleCode(parser, fileName);
        code.Lower();
        Entries = code.Entries;
    }

    public string FileName { get; }

    /// <summary><c>.version</c>, for example 7.5.</summary>
    public string Version { get; }

    /// <summary><c>.target</c>, for example sm_80.</summary>
    public string Target { get; }

    public IReadOnlyList<PtxEntry> Entries { get; }

    public IReadOnlyList<PtxGlobal> Globals { get; }

    internal IReadOnlyList<PtxVariable> Variables { get; }

    internal PtxFunction? FindFunction(string name) => _functions.GetValueOrDefault(name);

    /// <summary>Parses PTX text.</summary>
    /// <exception cref="PtxException">The text is not PTX, or uses something that is not supported: names file, line and token.</exception>
    public static PtxModule Parse(string text, string fileName)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parser = new Parser(text, fileName);
        parser.Parse();
        return new PtxModule(fileName, parser);
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
