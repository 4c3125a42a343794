using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.CommandLine;

namespace WrnEngine.Training.Prediction;

/// <summary>The trained networks that come with the program, by name: <c>--checkpoint wrn-16-2-cifar10</c>.</summary>
internal static class TrainedNetworks
{
    private const string Extension = ".safetensors";

    /// <summary>Where they lie, beside the program.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "trained");

    /// <summary>Every name, sorted.</summary>
    public static IReadOnlyList<string> Names { get; } = Directory.Exists(Folder)
        ? [.. Directory.GetFiles(Folder, "*" + Extension).Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)] : [];

    /// <summary>The checkpoint file that a user's argument means: a file, a run folder, or one of the <see cref="Names"/>. What is there on disk wins.</summary>
    /// <exception cref="FileNotFoundException">A folder holds no checkpoint, or a path leads nowhere.</exception>
    /// <exception cref="UserException">A bare word is neither file nor name.</exception>
    public static string Resolve(string argument)
    {
        ArgumentException.ThrowIfNullOrEmpty(argument);
        bool isPath = File.Exists(argument) || Directory.Exists(argument) || argument.AsSpan().ContainsAny('/', Path.DirectorySeparatorChar);
        if (isPath || argument.EndsWith(Extension, StringComparison.OrdinalIgnoreCase)) return Checkpoint.Resolve(argument);
        if (Names.Contains(argument)) return Path.Combine(Folder, argument + Extension);
        string hint = Nearest.To(argument, Names) is { } near ? $"; did you mean {near}?" : ".";
        string list = Names.Count == 0 ? "none came with this program" : $"those that come with the program are {string.Join(", ", Names)}";
        throw new UserException(
            ExitCode.InputOutput, $"there is no file, folder or trained network '{SafeText.Of(argument)}'; {list}{hint}");
    }
}
