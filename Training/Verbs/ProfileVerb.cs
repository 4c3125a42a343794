using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Profiling;
using WrnEngine.Models;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Tensors;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Profiling;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Verbs;

/// <summary><c>wrn profile</c>: each op of a training step against what the machine can do, as a table, a page and a trace.</summary>
internal static class ProfileVerb
{
    private const int UnmeasuredSteps = 2; // code is compiled and memory touched for the first time

    /// <summary>The verb.</summary>
    public static Verb Verb { get; } = new(
        "profile", "time, memory, GFLOP/s and GB/s of each op of a training step: table, roofline page, trace", "--depth 16 --k 2 -b 32 --output profile", Run,
        ProfileOptions.Group, NetworkOptions.Group, new OptionGroup("Recipe", RecipeOptions.BatchSize), new OptionGroup("Data", DataOptions.ImageSize), DeviceOptions.Group);

    private static int Run(ParsedOptions options, Terminal terminal)
    {
        var network = Settings.Network(options);
        string folder = options.Get(ProfileOptions.Output) ?? RunFolder.DefaultPath($"profile-{network.Slug}", DateTime.Now);
        using var plain = DeviceChoice.Create(options);
        WriteCheck.Folder(folder, $"--output {folder}");
        bool isSimulated = plain.Name == DeviceChoice.Simulator;
        var limits = isSimulated ? null : ProfileLimits.Measure(plain);
        using var device = new ProfiledDevice(plain);
        using var recorder = new StepRecorder(device);
        using var kernels = isSimulated ? new KernelTally() : null;

        int steps = options.Get(ProfileOptions.Steps), batch = options.Get(RecipeOptions.BatchSize);
        Measure(options, network, device, plain, recorder, kernels, steps, batch);
        var profile = new Profile(
            network.Name, batch, device.Description, steps, Summary.Of(recorder.Steps.Select(s => s.End - s.Start)).Median, device.Memory.PeakBytes,
            ProfileRow.From(recorder.Calls, steps), limits, kernels?.Kernels ?? []);

        ProfileTable.Write(profile, terminal.Out);
        string page = Path.Combine(folder, "profile.html"), trace = Path.Combine(folder, "trace.json");
        WriteCheck.Try($"the profile in {folder}", () =>
        {
            ProfilePage.Create(profile, Command(options)).Save(page);
            JsonFile.Write(trace, ChromeTrace.Create(profile, recorder));
            return true;
        });
        terminal.Out.WriteLine();
        terminal.Out.WriteLine($"page   {page}");
        terminal.Out.WriteLine($"trace  {trace} (open it in ui.perfetto.dev or chrome://tracing)");
        return ExitCode.Ok;
    }

    private static void Measure(
        ParsedOptions options, WideResNetOptions network, ProfiledDevice device, Device plain, StepRecorder recorder, KernelTally? kernels, int steps, int batch)
    {
        ulong seed = options.Get(DeviceOptions.Seed);
        int side = options.Get(DataOptions.ImageSize) ?? network.Architecture.ImageSize, classes = network.Architecture.ClassCount;
        using var model = new WideResNet(network with { NumClasses = classes }, device, seed);
        var paper = new Hyperparameters();
        using var optimizer = new Sgd(model.NamedParameters(), paper.LearningRate, paper.Momentum, paper.WeightDecay, dampening: 0, nesterov: true);
        var (images, labels) = FixedBatch.Create(device, batch, side, classes, seed);
        try
        {
            for (int i = -UnmeasuredSteps; i < steps; i++)
            {
                if (i == 0)
                {
                    recorder.Reset();
                    kernels?.Reset();
                    device.Memory.ResetPeak();
                }

                recorder.Step(() => Step(model, optimizer, images, labels, recorder));
            }
        }
        catch (Exception e) when (DeviceFault.Is(e))
        {
            throw DeviceFault.Of(e, plain, new StepSize(model.Options, batch, side, Trains: true));
        }
        finally
        {
            images.Release();
            labels.Release();
        }
    }

    private static void Step(WideResNet model, Sgd optimizer, Tensor images, Tensor labels, StepRecorder recorder)
    {
        using var scope = new StepScope();
        using var tape = new GradTape();
        Tensor? loss = null;
        recorder.Phase(StepPhase.Forward, () => loss = model.Forward(images).SoftmaxCrossEntropy(labels));
        recorder.Phase(StepPhase.Backward, () =>
        {
            optimizer.ZeroGrad();
            loss!.Backward();
        });
        recorder.Phase(StepPhase.Update, optimizer.Step);
    }

    private static string Command(ParsedOptions options) => Invocation.Command([
        Verb.Name, .. options.Settings.Where(s => s != ProfileOptions.Output && options.IsGiven(s)).SelectMany(options.Arguments)]);
}
