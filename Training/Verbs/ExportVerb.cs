using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Models.Onnx;
using WrnEngine.Models.Safetensors;
using WrnEngine.Models.Safetensors.Naming;
using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;
using WrnEngine.Training.Prediction;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Verbs;

/// <summary><c>wrn export</c>: a trained network for other programs, or for keeping: ONNX, or safetensors without momentum.</summary>
internal static class ExportVerb
{
    /// <summary>The verb.</summary>
    public static Verb Verb { get; } = new(
        "export", "write a network as ONNX or safetensors, for other programs", "runs/wrn-16-8-cifar10 --format onnx", Run,
        ExportOptions.Group, DataOptions.TestGroup, new OptionGroup("Device", DeviceOptions.Threads))
    {
        Operands = ExportOptions.Checkpoint,
    };

    private static int Run(ParsedOptions options, Terminal terminal)
    {
        using var stop = StopSignal.OfProcess();
        string path = TrainedNetworks.Resolve(options.Operands[0]);
        using var checkpoint = Checkpoint.Open(path);
        var state = checkpoint.ReadState();
        string format = Format(options);
        if (options.IsGiven(DataOptions.Dataset) || state.Preprocessing is null) state = Prepared(options, path, state, terminal, stop);
        string output = options.Get(ExportOptions.Output) ?? $"{state.Model.Slug}-{state.Dataset}.{format}";
        CheckOutput(output, path);

        using var cpu = new CpuDevice(Math.Max(1, options.Get(DeviceOptions.Threads) is 0 ? Environment.ProcessorCount : options.Get(DeviceOptions.Threads)));
        string what = format == ExportOptions.Onnx ? WriteOnnx(checkpoint, state, cpu, output) : WriteSafetensors(checkpoint, state, cpu, output, options);
        terminal.Out.WriteLine($"{SafeText.Of(output)}: {state.Model.Name}, {what}, {new FileInfo(output).Length:N0} bytes");
        return ExitCode.Ok;
    }

    private static string Format(ParsedOptions options)
    {
        string format = options.Get(ExportOptions.Format)
            ?? (Path.GetExtension(options.Get(ExportOptions.Output)) == ".onnx" ? ExportOptions.Onnx : ExportOptions.Safetensors);
        if (format != ExportOptions.Onnx) return format;
        foreach (var setting in new Setting[] { ExportOptions.Names, ExportOptions.DType })
            if (options.IsGiven(setting)) throw new UserException(ExitCode.Usage, $"{setting.Name} is for --format safetensors; an ONNX file has float32 values under our own names.");
        return format;
    }

    /// <summary>Fills in what a checkpoint does not say of its images, from the data set that is asked for.</summary>
    private static CheckpointState Prepared(ParsedOptions options, string path, CheckpointState state, Terminal terminal, StopSignal stop)
    {
        if (!options.IsGiven(DataOptions.Dataset))
        {
            terminal.Notice($"the checkpoint does not say how its images are prepared; export it with --dataset {SafeText.Of(state.Dataset)} to add it.");
            return state;
        }

        var data = DatasetCatalog.Load(CheckpointData.Options(options, path, state.Dataset, terminal, stop));
        if (data.ClassCount != state.Model.NumClasses)
        {
            throw new UserException(
                ExitCode.BadData, $"{path} holds a network for {state.Model.NumClasses} classes, but {data.Name} has {data.ClassCount}; give another --dataset.");
        }

        return state with { Preprocessing = Preprocessing.Of(data) };
    }

    /// <summary>Finds out before any work whether a file can be written.</summary>
    internal static void CheckOutput(string output, string checkpoint)
    {
        if (Path.GetFullPath(output) == Path.GetFullPath(checkpoint)) throw new UserException(ExitCode.Usage, $"--output {output} is the checkpoint itself; name another file.");
        WriteCheck.File(output, "--output");
    }

    private static string WriteOnnx(Checkpoint checkpoint, CheckpointState state, CpuDevice cpu, string output)
    {
        using var tracer = new OnnxTracer(cpu);
        using var model = new WideResNet(state.Model, tracer);
        checkpoint.LoadInto(model);
        int height = state.Preprocessing?.Height ?? state.Model.Architecture.ImageSize, width = state.Preprocessing?.Width ?? height;
        string[] ofTheRun = [CheckpointMetadata.FormatKey, .. CheckpointMetadata.PositionKeys];
        var metadata = CheckpointMetadata.Write(state with { Extra = new Dictionary<string, string>() }).Where(line => !ofTheRun.Contains(line.Key));
        try
        {
            AtomicFile.Write(output, stream => tracer.Export(model, [ImageDataset.Channels, height, width], state.Model.Slug, metadata, stream));
        }
        catch (NotSupportedException e)
        {
            throw new UserException(ExitCode.BadData, $"{state.Model.Name} cannot be written as ONNX: {e.Message}.", e);
        }

        return $"{model.ParameterCount:N0} parameters, ONNX (IR 8, opset 17) for [batch, 3, {height}, {width}]";
    }

    private static string WriteSafetensors(Checkpoint checkpoint, CheckpointState state, CpuDevice cpu, string output, ParsedOptions options)
    {
        var own = NamingScheme.OwnOf(state.Model);
        var names = options.Get(ExportOptions.Names) is { } asked ? NamingScheme.Find(asked) : own;
        var type = ExportOptions.TypeOf(options);
        if (names.Refusal(state.Model) is { } refusal)
            throw new UserException(ExitCode.BadData, $"{state.Model.Name} has no names in --names {names.Name}: {refusal}.");
        using var model = new WideResNet(state.Model, cpu);
        checkpoint.LoadInto(model);
        if (names == own && type == SafetensorsDType.F32 && !(names.CountsBatches && options.IsGiven(ExportOptions.Names)))
        {
            Checkpoint.Save(output, model, optimizer: null, state);
            return $"{model.ParameterCount:N0} parameters, a checkpoint for eval and predict";
        }

        try
        {
            var writer = WeightExport.Writer(model, names, type, state.Step);
            foreach (var (key, value) in CheckpointMetadata.Write(state)) writer.SetMetadata(key, value);
            writer.SetMetadata(CheckpointMetadata.FormatKey, CheckpointMetadata.PyTorchFormat);
            writer.Save(output);
        }
        catch (OverflowException e)
        {
            throw new UserException(ExitCode.BadData, $"'{checkpoint.Path}' cannot be written as {options.Get(ExportOptions.DType)}: {e.Message}; take bf16 or f32.", e);
        }

        return $"{model.ParameterCount:N0} parameters in {options.Get(ExportOptions.DType)} under the names of {names.Name}";
    }
}
