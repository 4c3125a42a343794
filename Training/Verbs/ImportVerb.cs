using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Models.Safetensors;
using WrnEngine.Models.Safetensors.Naming;
using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Verbs;

/// <summary><c>wrn import</c>: weights that another program saved, as a checkpoint of ours.</summary>
internal static class ImportVerb
{
    private const int MostDifferences = 2000; // more than any network has tensors; a hostile file may name millions

    /// <summary>The verb.</summary>
    public static Verb Verb { get; } = new(
        "import", "make a checkpoint of another program's weights", "wide_resnet50_2.safetensors --output wrn-50-2.safetensors", Run,
        ExportOptions.ImportGroup, NetworkOptions.Group)
    {
        Operands = ExportOptions.File,
    };

    private static int Run(ParsedOptions options, Terminal terminal)
    {
        string path = options.Operands[0];
        string output = options.Get(ExportOptions.ImportOutput) ?? throw new UserException(ExitCode.Usage, "import needs --output with the checkpoint file to write.");
        ExportVerb.CheckOutput(output, path);
        try
        {
            using var file = SafetensorsFile.Open(path);
            if (file.HeaderSize > Checkpoint.MaxHeaderSize) throw new CheckpointException($"'{path}' holds no network of ours: its header has {file.HeaderSize:N0} bytes");
            file.VerifyChecksum();
            return Import(options, terminal, file, output);
        }
        catch (SafetensorsException e)
        {
            throw new CheckpointException(e.Message, e);
        }
    }

    private static int Import(ParsedOptions options, Terminal terminal, SafetensorsFile file, string output)
    {
        var weights = new WeightImport(file, options.Get(ExportOptions.ImportNames) is { } asked ? NamingScheme.Find(asked) : null);
        if (weights.Names is not { } names)
        {
            string first = string.Join(", ", file.Tensors.Take(3).Select(t => TensorComparison.Quote(t.Name)));
            throw new CheckpointException(
                $"'{file.Name}' has {file.Count:N0} tensors under names that are none of {string.Join(", ", NamingScheme.All.Select(s => s.Name))}"
                + $"{(first.Length > 0 ? $" (its first are {first})" : "")}; it holds no network that can be imported");
        }

        var told = Told(file);
        var network = Network(options, file, weights, told);
        if (names.Refusal(network) is { } refusal) throw new UserException(ExitCode.BadData, $"'{file.Name}' has the names of {names.Name}, and {network.Name} has none of them: {refusal}.");
        using var cpu = new CpuDevice(1);
        using var model = new WideResNet(network, cpu);
        if (weights.Difference(model) is { } difference)
        {
            foreach (string line in weights.Differences(model).Take(MostDifferences)) terminal.Error.WriteLine(line);
            throw new CheckpointException($"'{file.Name}' does not hold the {network.Name} with {network.NumClasses} classes under the names of {names.Name}: {difference}");
        }

        weights.LoadInto(model);
        Checkpoint.Save(output, model, optimizer: null, State(options, network, told));
        terminal.Out.WriteLine($"{SafeText.Of(output)}: {network.Name} with {network.NumClasses} classes, {model.ParameterCount:N0} parameters, from the names of {names.Name}");
        return ExitCode.Ok;
    }

    /// <summary>What an export of ours says in its metadata; null for files of other programs.</summary>
    private static CheckpointState? Told(SafetensorsFile file)
    {
        var lines = file.ReadMetadata().ToDictionary();
        if (!lines.ContainsKey("widen_factor")) return null;
        lines[CheckpointMetadata.FormatKey] = CheckpointMetadata.Format;
        return CheckpointMetadata.Read(file.Name, lines);
    }

    /// <summary>The network that was asked for, else the one the file says it is, else the one its shapes tell.</summary>
    private static WideResNetOptions Network(ParsedOptions options, SafetensorsFile file, WeightImport weights, CheckpointState? told)
    {
        if (NetworkOptions.Group.Settings.Any(options.IsGiven))
        {
            int classes = NetworkGuess.Classes(weights) ?? throw new CheckpointException($"'{file.Name}' has no classifier '{weights.Names!.Rename("fc.weight")}'");
            return Settings.Network(options) with { NumClasses = classes };
        }

        return told?.Model ?? NetworkGuess.Of(weights) ?? throw new UserException(
            ExitCode.BadData, $"'{file.Name}' has the names of {weights.Names!.Name}, but its shapes do not tell which network it holds; give --model, --depth and --k.");
    }

    /// <summary>A run that has not begun, on images as the other program's recipes prepare them.</summary>
    private static CheckpointState State(ParsedOptions options, WideResNetOptions network, CheckpointState? told)
    {
        bool isForImageNet = network.Architecture.IsForImageNet, isGiven = options.IsGiven(DataOptions.Dataset);
        string dataset = isGiven ? options.Get(DataOptions.Dataset) : told?.Dataset ?? (isForImageNet ? ImageFolderLoader.Key
            : network.NumClasses == CifarClassNames.Cifar100.Length ? CifarLayout.Cifar100.Key : CifarLayout.Cifar10.Key);
        var ofDataset = ImportedImages.Of(network, dataset, options.Get(DataOptions.Normalize), options.Get(DataOptions.ImageSize));
        bool isAsked = isGiven || options.IsGiven(DataOptions.Normalize) || options.IsGiven(DataOptions.ImageSize);
        return new CheckpointState(network, dataset, Seed: 1, Epoch: 0, Step: 0, default)
        {
            Preprocessing = isAsked ? ofDataset : told?.Preprocessing ?? ofDataset,
            Extra = told?.Extra ?? new Dictionary<string, string>(),
        };
    }
}
