namespace WrnEngine.Tools.GpuCheck.Steps;

/// <summary>The unit tests that run on the device: category Cuda, and in a rehearsal the same fixtures on the simulator.</summary>
internal sealed class TestsStep : IStep
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);

    /// <inheritdoc/>
    public string Name => "tests";

    /// <inheritdoc/>
    public void Run(StepContext context)
    {
        string category = context.Settings.IsSimulated ? "Kernels" : "Cuda";
        // One test of each device fixture that works on tensors: enough to see that the runner finds and opens the device.
        string filter = $"TestCategory={category}" + (context.Settings.IsSmall ? "&(FullyQualifiedName~IElementwiseOps|FullyQualifiedName~SgdTests)" : "");
        var (run, command) = context.Tests(filter, Limit);
        TestSummary.Record(context.Result, run, command);
    }
}
