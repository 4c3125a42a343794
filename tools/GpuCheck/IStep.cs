namespace WrnEngine.Tools.GpuCheck;

/// <summary>One step of the check. It may throw: that is recorded, and the next step is run.</summary>
internal interface IStep
{
    /// <summary>What <c>--only</c> calls it.</summary>
    string Name { get; }

    /// <summary>Runs commands and puts what they say into the context's result.</summary>
    void Run(StepContext context);
}
