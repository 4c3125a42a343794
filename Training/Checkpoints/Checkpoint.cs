using WrnEngine.Models.Safetensors;
using WrnEngine.Nn;
using WrnEngine.Optim;
using WrnEngine.Tensors;

namespace WrnEngine.Training.Checkpoints;

/// <summary>
/// A training run on disk, in one safetensors file: parameters and running statistics under their names in the model (convolution weights
/// in the order OIHW), momentum under <c>momentum.</c> and the parameter's name, the run's position in the metadata, and a checksum over all of it.
/// Saving is atomic; loading checks everything before it changes anything.
/// </summary>
/// <example><code>
/// Checkpoint.Save("runs/a/last.safetensors", model, optimizer, state);
///
/// using var checkpoint = Checkpoint.Open("runs/a");     // the folder stands for its last.safetensors
/// using var model = new WideResNet(checkpoint.ReadState().Model, device);
/// checkpoint.LoadInto(model, optimizer);
/// </code></example>
public sealed class Checkpoint : IDisposable
{
    /// <summary>The file a run goes on from.</summary>
    public const string LastFileName = "last.safetensors";

    /// <summary>The file with the best validation error of a run.</summary>
    public const string BestFileName = "best.safetensors";

    private const string MomentumPrefix = "momentum.";

    /// <summary>Far above what a checkpoint needs (about 100 bytes per tensor), and small enough to turn all its names into strings.</summary>
    internal const int MaxHeaderSize = 1 << 21;

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

    /// <summary>Opens a checkpoint, loads it completely and closes it.</summary>
    /// <returns>The position it was saved at.</returns>
    /// <inheritdoc cref="LoadInto"/>
    public static CheckpointState Load(string path, Module model, Sgd? optimizer)
    {
        using var checkpoint = Open(path);
        var state = checkpoint.ReadState();
        checkpoint.LoadInto(model, optimizer);
        return state;
    }

    /// <summary>Replaces the file at <paramref name="path"/> by the present state of a run. Equal states give equal bytes.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="model">Parameters and buffers.</param>
    /// <param name="optimizer">Momentum; null saves none.</param>
    /// <param name="state">The run's position.</param>
    /// <exception cref="IOException">The file could not be written; an older one is untouched.</exception>
    public static void Save(string path, Module model, Sgd? optimizer, CheckpointState state)
    {
        ArgumentNullException.ThrowIfNull(path);
        Writer(model, optimizer, state).Save(path);
    }

    /// <summary>What <see cref="Save"/> writes, ready to be written to any stream.</summary>
    internal static SafetensorsWriter Writer(Module model, Sgd? optimizer, CheckpointState state)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(state);
        var writer = new SafetensorsWriter { IncludeChecksum = true };
        foreach (var (name, value) in TensorsOf(model)) writer.Add(name, value);
        foreach (var (name, value) in optimizer?.MomentumBuffers() ?? []) writer.Add(MomentumPrefix + name, value);
        foreach (var (key, value) in CheckpointMetadata.Write(state)) writer.SetMetadata(key, value);
        return writer;
    }

    /// <summary>The position at which the checkpoint was saved, and the network it holds.</summary>
    /// <exception cref="CheckpointException">The metadata are missing or wrong.</exception>
    public CheckpointState ReadState() => CheckpointMetadata.Read(Path, _file.ReadMetadata());

    /// <summary>
    /// Loads parameters and running statistics, and the momentum where an optimizer is given. A parameter without momentum in the file has
    /// none afterwards, as after <see cref="Sgd.ResetMomentum"/>. Everything is read and compared first: after an error model and optimizer
    /// are as they were.
    /// </summary>
    /// <exception cref="CheckpointException">The file holds another network; the message says what differs.</exception>
    /// <exception cref="IOException">Reading failed.</exception>
    public void LoadInto(Module model, Sgd? optimizer = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var targets = TensorsOf(model).ToDictionary(t => t.Name, t => t.Value);
        var comparison = new TensorComparison(targets, model.NamedParameters().Select(p => p.Name).ToHashSet(), MomentumPrefix, SafetensorsDType.F32);
        foreach (var info in _file.Tensors) comparison.Add(info);
        if (comparison.Difference() is { } difference) throw new CheckpointException($"'{Path}' holds another network{Names(model)}: {difference}");

        var values = new List<(SafetensorsTensorInfo Info, float[] Values)>();
        foreach (var info in _file.Tensors)
            if (optimizer is not null || targets.ContainsKey(info.Name)) values.Add((info, _file.ReadFloats(info)));

        optimizer?.ResetMomentum();
        foreach (var (info, data) in values)
        {
            if (targets.TryGetValue(info.Name, out var target)) target.CopyFrom<float>(data);
            else optimizer!.LoadMomentum(info.Name[MomentumPrefix.Length..], data);
        }
    }

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
