namespace WrnEngine.Models.Safetensors.Naming;

/// <summary>
/// How another program names the tensors of a network. Files with weights are told apart by these names alone, so exporting and importing
/// means renaming: the numbers, their order (OIHW) and their shapes are the same everywhere.
/// </summary>
public abstract class NamingScheme
{
    /// <summary>What a PyTorch batch norm adds to its statistics: how many batches they saw, a 64-bit integer.</summary>
    public const string BatchCounter = "num_batches_tracked";

    private const string StatisticsSuffix = "running_var";

    /// <summary>Every scheme.</summary>
    public static IReadOnlyList<NamingScheme> All { get; } = [new AuthorsNames(), new XternalzNames(), new TorchvisionNames("torchvision"), new TorchvisionNames("timm")];

    /// <summary>The name users type.</summary>
    public abstract string Name { get; }

    /// <summary>Each batch norm also has a <see cref="BatchCounter"/>.</summary>
    public abstract bool CountsBatches { get; }

    /// <summary>A name that every file of this scheme has and no file of another.</summary>
    public abstract string Landmark { get; }

    /// <summary>The scheme of that name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists those there are.</exception>
    public static NamingScheme Find(string name) => All.FirstOrDefault(s => s.Name == name)
        ?? throw new ArgumentException($"there are no names '{name}'; use one of {string.Join(", ", All.Select(s => s.Name))}");

    /// <summary>The scheme that this project's own files follow for a network.</summary>
    public static NamingScheme OwnOf(WideResNetOptions network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return Find(network.Architecture.IsForImageNet ? "torchvision" : "authors");
    }

    /// <summary>The scheme that a file's names follow, or null when it is none of these.</summary>
    /// <param name="hasName">Whether the file has a tensor of that name.</param>
    public static NamingScheme? Detect(Func<string, bool> hasName) => All.FirstOrDefault(s => hasName(s.Landmark));

    /// <summary>Why the scheme has no names for a network, as a part of a sentence; null when it has.</summary>
    public abstract string? Refusal(WideResNetOptions network);

    /// <summary>The scheme's name for one of our tensors.</summary>
    public abstract string Rename(string own);

    /// <summary>The counter that stands beside a tensor of ours, or null: each batch norm has one.</summary>
    public string? CounterBeside(string own)
    {
        ArgumentNullException.ThrowIfNull(own);
        if (!CountsBatches || !own.EndsWith(StatisticsSuffix, StringComparison.Ordinal)) return null;
        string renamed = Rename(own);
        return renamed[..^StatisticsSuffix.Length] + BatchCounter;
    }
}
