using WrnEngine.Tensors;

namespace WrnEngine.Models.Safetensors.Naming;

/// <summary>
/// Reads a network's parameters and running statistics from a file with another program's names: F32, F16 and BF16, mixed at will. A
/// prefix <c>module.</c>, which PyTorch's DataParallel leaves, is passed over, and counters of batches are left out.
/// </summary>
/// <example><code>
/// using var file = SafetensorsFile.Open("model.safetensors");
/// var import = new WeightImport(file, names: null);
/// if (import.Difference(model) is null) import.LoadInto(model);
/// </code></example>
public sealed class WeightImport
{
    private const string ParallelPrefix = "module.";

    private readonly SafetensorsFile _file;
    private readonly string _prefix;

    /// <summary>Looks at the names of a file, which stays the caller's.</summary>
    /// <param name="file">The file.</param>
    /// <param name="names">The scheme it follows; null finds it out.</param>
    public WeightImport(SafetensorsFile file, NamingScheme? names)
    {
        ArgumentNullException.ThrowIfNull(file);
        _file = file;
        string[] first = [.. file.Tensors.Take(1).Select(t => t.Name)];
        _prefix = first is [var name] && name.StartsWith(ParallelPrefix, StringComparison.Ordinal) ? ParallelPrefix : "";
        Names = names ?? NamingScheme.Detect(n => file.Find(_prefix + n) is not null);
    }

    /// <summary>The scheme that the file follows; null when it is none that is known.</summary>
    public NamingScheme? Names { get; }

    /// <summary>The shape of a tensor, by our own name; null when the file has none.</summary>
    public IReadOnlyList<long>? ShapeOf(string own) => _file.Find(_prefix + Known.Rename(own))?.Shape;

    /// <summary>What differs between the file and a network, as a part of a sentence: missing and unexpected names, shapes, types; null when nothing does.</summary>
    public string? Difference(WideResNet model) => Compare(model).Difference();

    /// <summary>All that differs between the file and a network, a line each: every missing and every unexpected name, shapes and types that do not fit.</summary>
    public IEnumerable<string> Differences(WideResNet model) => Compare(model).Differences();

    /// <summary>Loads the network; <see cref="Difference"/> has found nothing.</summary>
    /// <exception cref="IOException">Reading failed.</exception>
    public void LoadInto(WideResNet model)
    {
        ArgumentNullException.ThrowIfNull(model);
        foreach (var (name, target) in Targets(model))
        {
            var info = _file.Find(name) ?? throw new ArgumentException($"the file has no tensor '{name}'", nameof(model));
            byte[] bytes = new byte[info.SizeInBytes];
            _file.Read(info, bytes);
            target.CopyFrom<float>(FloatEncoding.Decode(bytes, info.DType));
        }
    }

    private TensorComparison Compare(WideResNet model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var comparison = new TensorComparison(Targets(model), new HashSet<string>(), "", null, [.. FloatEncoding.Types]);
        foreach (var info in _file.Tensors)
            if (!IsCounter(info)) comparison.Add(info);
        return comparison;
    }

    private NamingScheme Known => Names ?? throw new InvalidOperationException("the file's names are not known");

    private Dictionary<string, Tensor> Targets(WideResNet model) =>
        model.NamedParameters().Concat(model.NamedBuffers()).ToDictionary(t => _prefix + Known.Rename(t.Name), t => t.Value);

    private bool IsCounter(SafetensorsTensorInfo info) =>
        Known.CountsBatches && info.DType == SafetensorsDType.I64 && info.SizeInBytes == sizeof(long)
        && info.Name.EndsWith("." + NamingScheme.BatchCounter, StringComparison.Ordinal);
}
