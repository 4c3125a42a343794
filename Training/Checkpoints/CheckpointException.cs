namespace WrnEngine.Training.Checkpoints;

/// <summary>
/// A file is not a checkpoint, is damaged, or belongs to another network. The message is one sentence that names the file and what is wrong.
/// </summary>
public sealed class CheckpointException : Exception
{
    /// <summary>Creates the error with the full sentence.</summary>
    public CheckpointException(string message) : base(message) { }

    /// <summary>Creates the error with a default sentence.</summary>
    public CheckpointException() : base("the checkpoint cannot be used") { }

    /// <summary>Creates the error with its cause.</summary>
    public CheckpointException(string message, Exception innerException) : base(message, innerException) { }
}
