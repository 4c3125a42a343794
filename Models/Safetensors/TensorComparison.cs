using WrnEngine.Tensors;

namespace WrnEngine.Models.Safetensors;

/// <summary>Compares the tensors of a file with those of a model and says in words what differs.</summary>
/// <param name="wanted">Parameters and buffers of the model by name.</param>
/// <param name="momentumOf">The parameters, which may have momentum.</param>
/// <param name="momentumPrefix">What the names of momentum tensors begin with.</param>
/// <param name="averagePrefix">What the names of averaged parameters and buffers begin with: there are none, or all of them. Null where there can be none.</param>
/// <param name="types">The types that can be read.</param>
public sealed class TensorComparison(
    IReadOnlyDictionary<string, Tensor> wanted, IReadOnlySet<string> momentumOf, string momentumPrefix, string? averagePrefix, params IReadOnlyList<SafetensorsDType> types)
{
    private const int NamesShown = 3;
    private const int SizesShown = 8;

    private readonly HashSet<string> _found = [];
    private readonly List<string> _unexpected = [];
    private readonly List<string> _different = [];

    /// <summary>Takes note of a tensor of the file.</summary>
    public void Add(SafetensorsTensorInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        _found.Add(info.Name);
        if (TargetOf(info.Name) is not { } target) _unexpected.Add(info.Name);
        else if (!info.Shape.SequenceEqual(target.Shape.Dims.ToArray().Select(d => (long)d)))
            _different.Add($"{Quote(info.Name)} has shape {Text(info.Shape)} instead of {target.Shape}");
        else if (!types.Contains(info.DType))
            _different.Add($"{Quote(info.Name)} has type {info.DType} instead of {string.Join(" or ", types)}");
    }

    /// <summary>True when the file has an average of the weights.</summary>
    public bool HasAverages => _found.Any(IsAverage);

    /// <summary>What differs, as a part of a sentence; null when nothing does.</summary>
    public string? Difference()
    {
        var missing = Missing();
        var parts = new List<string>();
        if (missing.Count > 0) parts.Add($"{Tensors(missing.Count)} missing ({Some(missing.ConvertAll(Quote))})");
        if (_unexpected.Count > 0) parts.Add($"{Tensors(_unexpected.Count)} unexpected ({Some(_unexpected.ConvertAll(Quote))})");
        if (_different.Count > 0) parts.Add(Some(_different));
        return parts.Count == 0 ? null : string.Join("; ", parts);
    }

    /// <summary>Everything that differs, a line each.</summary>
    public IEnumerable<string> Differences() =>
        [.. Missing().Select(n => $"missing    {Quote(n)}"), .. _unexpected.Select(n => $"unexpected {Quote(n)}"), .. _different.Select(d => $"different  {d}")];

    private List<string> Missing()
    {
        string[] prefixes = HasAverages ? ["", averagePrefix!] : [""];
        return [.. prefixes.SelectMany(prefix => wanted.Keys.Select(n => prefix + n)).Where(n => !_found.Contains(n)).Order(StringComparer.Ordinal)];
    }

    /// <summary>The tensor of the model that a tensor of the file fills, itself, as its momentum or as its average.</summary>
    private Tensor? TargetOf(string name)
    {
        if (wanted.TryGetValue(name, out var target)) return target;
        if (IsAverage(name)) return wanted.GetValueOrDefault(name[averagePrefix!.Length..]);
        if (!name.StartsWith(momentumPrefix, StringComparison.Ordinal)) return null;
        string parameter = name[momentumPrefix.Length..];
        return momentumOf.Contains(parameter) ? wanted[parameter] : null;
    }

    private bool IsAverage(string name) => averagePrefix is not null && name.StartsWith(averagePrefix, StringComparison.Ordinal);

    private static string Text(IReadOnlyList<long> shape) =>
        "[" + string.Join(", ", shape.Take(SizesShown)) + (shape.Count > SizesShown ? ", ..." : "") + "]";

    /// <summary>A name from a file that may be hostile: short, and without control characters.</summary>
    public static string Quote(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        const int Longest = 80;
        string text = name.Length > Longest ? name[..Longest] + "..." : name;
        return "'" + string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)) + "'";
    }

    private static string Tensors(int count) => count == 1 ? "1 tensor is" : $"{count} tensors are";

    private static string Some(List<string> items) =>
        string.Join(", ", items.Take(NamesShown)) + (items.Count > NamesShown ? $" and {items.Count - NamesShown} more" : "");
}
