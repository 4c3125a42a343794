namespace WrnEngine.Training;

/// <summary>Something the user can put right: one sentence for stderr that says what, where and what to do, and an exit code.</summary>
public sealed class UserException : Exception
{
    /// <summary>An error with its <see cref="Training.ExitCode"/>.</summary>
    public UserException(int exitCode, string message, Exception? innerException = null)
        : base(message, innerException) => ExitCode = exitCode;

    /// <summary>What the process answers.</summary>
    public int ExitCode { get; }
}
