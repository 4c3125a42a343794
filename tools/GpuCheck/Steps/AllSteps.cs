namespace WrnEngine.Tools.GpuCheck.Steps;

/// <summary>The steps in the order in which they are run: what is quick and what others build on comes first, training takes the rest of the time.</summary>
internal static class AllSteps
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Create().Select(s => s.Name)];

    /// <summary>New ones.</summary>
    public static IReadOnlyList<IStep> Create() =>
        [new DevicesStep(), new TestsStep(), new SanitizerStep(), new AgreementStep(), new BenchStep(), new LayersStep(), new PyTorchStep(), new TrainStep()];
}
