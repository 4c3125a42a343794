using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>Takes the modifiers of an instruction apart. What nobody took is refused.</summary>
internal sealed class ModifierReader(PtxInstruction instruction, Lowering lowering)
{
    private readonly List<string> _left = [.. instruction.Modifiers];

    public bool Take(string name) => _left.Remove(name);

    /// <summary>Takes the first of the names that is there, or null.</summary>
    public string? TakeAny(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (_left.Remove(name))
            {
                return name;
            }
        }
        return null;
    }

    /// <summary>Takes modifiers that change speed but not results.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            _left.Remove(name);
        }
    }

    /// <summary>Takes cache hints: eviction priorities, prefetch sizes, cache operators.</summary>
    public void IgnoreCacheHints()
    {
        _left.RemoveAll(static name =>
            name.StartsWith("L1::", StringComparison.Ordinal) || name.StartsWith("L2::", StringComparison.Ordinal)
            || name is "ca" or "cg" or "cs" or "lu" or "cv" or "wb" or "wt" or "level::eviction_priority");
    }

    /// <summary>The first type among what is left.</summary>
    public PtxType Type()
    {
        for (int i = 0; i < _left.Count; i++)
        {
            if (PtxType.Find(_left[i]) is { } type)
            {
                _left.RemoveAt(i);
                return type;
            }
        }
        throw lowering.Error("a type is missing", _left.Count > 0 ? "." + _left[0] : instruction.Opcode);
    }

    public bool HasType => _left.Exists(static name => PtxType.Find(name) != null);

    /// <summary>How to round; to nearest when nothing is said.</summary>
    public RoundingMode Rounding() => TakeAny("rn", "rz", "rm", "rp", "rna") switch
    {
        "rz" => RoundingMode.Zero,
        "rm" => RoundingMode.Down,
        "rp" => RoundingMode.Up,
        "rna" => RoundingMode.NearestAway,
        _ => RoundingMode.NearestEven,
    };

    public IReadOnlyList<string> Left => _left;

    /// <summary>Refuses what is left.</summary>
    public void End()
    {
        if (_left.Count > 0)
        {
            throw lowering.Error($"the modifier .{_left[0]} is not supported for {instruction.Opcode}", instruction.FullName);
        }
    }
}
