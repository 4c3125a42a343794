namespace WrnEngine.Training.Profiling;

/// <summary>The parts of a training step.</summary>
internal enum StepPhase
{
    /// <summary>The model and the loss.</summary>
    Forward,

    /// <summary>Gradients.</summary>
    Backward,

    /// <summary>The optimizer.</summary>
    Update,
}
