using WrnEngine.Models.Safetensors;
using WrnEngine.Nn;
using WrnEngine.Optim;
using WrnEngine.Tensors;

namespace WrnEngine.Training.Checkpoints;

/// <summary>
/// A training run on disk, in one safetensors file: parameters and running statistics under their names in the model (convolution weights
/// in the order OIHW), momentum under <c>momentum.</c> and the parameter's name, a moving average of parameters and statistics, where the run keeps one, under
/// <c>ema.</c> and their names, the run's position in the metadata, and a checksum over all of it.
/// Saving is atomic; loading checks everything before it changes anything.
/// </summary>
/// <example><code>
/// Checkpoint.Save("runs/a/last.safetensors", model, optimizer, state);
///
/// using var checkpoint = Checkpoint.Open("runs/a");     // the folder stands for its last.safetensors
/// using var model = new WideResNet(checkpoint.ReadState().Model, device);
/// checkpoint.LoadInto(model);                           // to use it
/// </code></example>
public sealed class Checkpoint : IDisposable
{
    /// <summary>The file a run goes on from.</summary>
    public const string LastFileName = "last.safetensors";

    /// <summary>The file with the best validation error of a run.</summary>
    public const string BestFileName = "best.safetensors";

    private const string MomentumPrefix = "momentum.", AveragePrefix = "ema.";

    /// <summary>Far above what a checkpoint needs (about 100 bytes per tensor), and small enough to turn all its names into strings.</summary>
    private const int MaxHeaderSize = 1 << 21;

    private readonly SafetensorsFile _file;

    private Checkpoint(string path, SafetensorsFile file) => (Path, _file) = (path, file);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The checkpoint that a user's argument means: a file, or the folder of a run, which stands for its <c>last.safetensors</c>.</summary>
    /// <exception cref="FileNotFoundException">There is neither.</exception>
    public static string Resolve(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(path)) return path;
        if (!Directory.Exists(path)) throw new FileNotFoundException($"there is no checkpoint '{path}'", path);
        string last = System.IO.Path.Combine(path, LastFileName);
        return File.Exists(last) ? last : throw new FileNotFoundException($"there is no {LastFileName} in the folder '{path}'", last);
    }

    /// <summary>Opens a checkpoint and verifies its checksum.</summary>
    /// <param name="path">A file, or the folder of a run.</param>
    /// <exception cref="IOException">It is not there or cannot be read.</exception>
    /// <exception cref="CheckpointException">It is not a safetensors file, or it is damaged.</exception>
    public static Checkpoint Open(string path)
    {
        string file = Resolve(path);
        return Open(file, () => SafetensorsFile.Open(file));
    }

    /// <summary>As <see cref="Open(string)"/>, from a stream, which stays the caller's.</summary>
    internal static Checkpoint Open(Stream stream, string name) => Open(name, () => SafetensorsFile.Open(stream, name));

    private static Checkpoint Open(string name, Func<SafetensorsFile> open)
    {
        SafetensorsFile? file = null;
        try
        {
            file = open();
            Verify(name, file);
            return new Checkpoint(name, file);
        }
        catch (Exception e)
        {
            file?.Dispose();
            if (e is SafetensorsException) throw new CheckpointException(e.Message, e);
            throw;
        }
    }

    /// <summary>Opens a checkpoint, loads it completely and closes it: to go on with the run.</summary>
    /// <returns>The position it was saved at.</returns>
    /// <inheritdoc cref="LoadInto(Module, Sgd?, WeightAverage?)"/>
    public static CheckpointState Load(string path, Module model, Sgd? optimizer, WeightAverage? average = null)
    {
        using var checkpoint = Open(path);
        var state = checkpoint.ReadState();
        checkpoint.LoadInto(model, optimizer, average);
        return state;
    }

    /// <summary>Replaces the file at <paramref name="path"/> by the present state of a run. Equal states give equal bytes.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="model">Parameters and buffers.</param>
    /// <param name="optimizer">Momentum; null saves none.</param>
    /// <param name="state">The run's position.</param>
    /// <param name="average">The average of the weights; null saves none.</param>
    /// <exception cref="IOException">The file could not be written; an older one is untouched.</exception>
    public static void Save(string path, Module model, Sgd? optimizer, CheckpointState state, WeightAverage? average = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        Writer(model, optimizer, state, average).Save(path);
    }

    /// <summary>What <see cref="Save"/> writes, ready to be written to any stream.</summary>
    internal static SafetensorsWriter Writer(Module model, Sgd? optimizer, CheckpointState state, WeightAverage? average = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(state);
        var writer = new SafetensorsWriter { IncludeChecksum = true };
        foreach (var (name, value) in TensorsOf(model)) writer.Add(name, value);
        foreach (var (name, value) in optimizer?.MomentumBuffers() ?? []) writer.Add(MomentumPrefix + name, value);
        foreach (var (name, value) in average?.Averages ?? []) writer.Add(AveragePrefix + name, value);
        foreach (var (key, value) in CheckpointMetadata.Write(state)) writer.SetMetadata(key, value);
        return writer;
    }

    /// <summary>The position at which the checkpoint was saved, and the network it holds.</summary>
    /// <exception cref="CheckpointException">The metadata are missing or wrong.</exception>
    public CheckpointState ReadState() => CheckpointMetadata.Read(Path, _file.ReadMetadata());

    /// <summary>
    /// Loads the network to use it: parameters and running statistics, or their averages where the run kept these, since they are what it evaluated. Everything is
    /// read and compared first: after an error the model is as it was.
    /// </summary>
    /// <exception cref="CheckpointException">The file holds another network; the message says what differs.</exception>
    /// <exception cref="IOException">Reading failed.</exception>
    public void LoadInto(Module model)
    {
        var (targets, hasAverages) = Compare(model);
        string prefix = hasAverages ? AveragePrefix : "";
        foreach (var (name, values) in Read(name => name.StartsWith(prefix, StringComparison.Ordinal) && targets.ContainsKey(name[prefix.Length..])))
            targets[name[prefix.Length..]].CopyFrom<float>(values);
    }

    /// <summary>
    /// Loads a run to go on with it: parameters and running statistics, and momentum and average where somebody wants them. A parameter without momentum in the
    /// file has none afterwards, as after <see cref="Sgd.ResetMomentum"/>; an average that the file hasn't begins with the weights. Everything is read and
    /// compared first: after an error all are as they were.
    /// </summary>
    /// <param name="model">Parameters and buffers.</param>
    /// <param name="optimizer">For the momentum, or null.</param>
    /// <param name="average">For the average of the weights, or null.</param>
    /// <exception cref="CheckpointException">The file holds another network; the message says what differs.</exception>
    /// <exception cref="IOException">Reading failed.</exception>
    public void LoadInto(Module model, Sgd? optimizer, WeightAverage? average = null)
    {
        var (targets, hasAverages) = Compare(model);
        var read = Read(name => targets.ContainsKey(name) || (IsAverage(name) ? average is not null : optimizer is not null));
        optimizer?.ResetMomentum();
        foreach (var (name, values) in read)
        {
            if (targets.TryGetValue(name, out var target)) target.CopyFrom<float>(values);
            else if (IsAverage(name)) average!.Load(name[AveragePrefix.Length..], values);
            else optimizer!.LoadMomentum(name[MomentumPrefix.Length..], values);
        }

        if (!hasAverages) average?.Restart();
    }

    private static bool IsAverage(string name) => name.StartsWith(AveragePrefix, StringComparison.Ordinal);

    private (Dictionary<string, Tensor> Targets, bool HasAverages) Compare(Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var targets = TensorsOf(model).ToDictionary(t => t.Name, t => t.Value);
        var comparison = new CheckpointComparison(targets, model.NamedParameters().Select(p => p.Name).ToHashSet(), MomentumPrefix, AveragePrefix);
        foreach (var info in _file.Tensors) comparison.Add(info);
        if (comparison.Difference() is { } difference) throw new CheckpointException($"'{Path}' holds another network{Names(model)}: {difference}");
        return (targets, comparison.HasAverages);
    }

    private List<(string Name, float[] Values)> Read(Func<string, bool> isWanted) =>
        [.. _file.Tensors.Where(t => isWanted(t.Name)).Select(t => (t.Name, _file.ReadFloats(t)))];

    /// <summary>A file with a training state has a checksum; another safetensors file may come without.</summary>
    private static void Verify(string name, SafetensorsFile file)
    {
        if (file.HeaderSize > MaxHeaderSize) throw new CheckpointException($"'{name}' is not a checkpoint: its header has {file.HeaderSize} bytes");
        bool isOurs = file.ReadMetadata().TryGetValue(CheckpointMetadata.FormatKey, out string? format) && format == CheckpointMetadata.Format;
        if (!file.VerifyChecksum() && isOurs) throw new CheckpointException($"'{name}' has lost its checksum: the file is damaged");
    }

    /// <summary>Both networks' names, as far as they are known.</summary>
    private string Names(Module model)
    {
        if (model is not Models.WideResNet wanted || !_file.ReadMetadata().ContainsKey("depth")) return "";
        var (found, asked) = (ReadState().Model, wanted.Options);
        return $" ({found.Name} with {found.NumClasses} classes instead of {asked.Name} with {asked.NumClasses} classes)";
    }

    private static IEnumerable<NamedTensor> TensorsOf(Module model) => model.NamedParameters().Concat(model.NamedBuffers());

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();
}
