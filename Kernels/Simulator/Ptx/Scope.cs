namespace WrnEngine.Kernels.Simulator.Ptx;

/// <summary>Names of one pair of braces. A label may be used before it stands, so its uses wait for the end of the scope.</summary>
internal sealed class Scope(Scope? parent)
{
    private readonly Dictionary<string, object> _names = [];
    private readonly Dictionary<string, (int Count, PtxType Type)> _families = [];

    public Scope? Parent { get; } = parent;

    /// <summary>Labels that were named but not yet seen.</summary>
    public Dictionary<string, (PtxLabel Label, Token Token)> Pending { get; } = [];

    public bool TryAdd(string name, object symbol) => _names.TryAdd(name, symbol);

    /// <summary>Declares <c>prefix0</c> to <c>prefix(count-1)</c> without making them.</summary>
    public bool TryAddFamily(string prefix, int count, PtxType type) => _families.TryAdd(prefix, (count, type));

    public object? Find(string name)
    {
        for (Scope? scope = this; scope != null; scope = scope.Parent)
        {
            if (scope._names.TryGetValue(name, out object? symbol) || scope.TryMake(name, out symbol))
            {
                return symbol;
            }
        }
        return null;
    }

    public object? FindHere(string name) => _names.GetValueOrDefault(name);

    private bool TryMake(string name, out object? symbol)
    {
        symbol = null;
        int digits = name.Length;
        while (digits > 0 && char.IsAsciiDigit(name[digits - 1]))
        {
            digits--;
        }
        // A prefix may itself end in digits, so each cut is tried.
        for (int cut = digits; cut < name.Length; cut++)
        {
            if (_families.TryGetValue(name[..cut], out (int Count, PtxType Type) family)
                && (name[cut] != '0' || cut == name.Length - 1)
                && int.TryParse(name.AsSpan(cut), out int index)
                && index < family.Count)
            {
                symbol = new PtxRegister(name, family.Type);
                _names.Add(name, symbol);
                return true;
            }
        }
        return false;
    }
}
