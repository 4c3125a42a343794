namespace WrnEngine.Training.Runs;

/// <summary>A run folder that another run holds.</summary>
internal sealed class RunInUseException : UserException
{
    /// <summary>Says so.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="holder">Who has it.</param>
    public RunInUseException(string folder, string holder)
        : base(Training.ExitCode.InputOutput, $"the run folder {folder} is in use by {holder}; wait until it ends, stop it, or give another --output.") => Holder = holder;

    /// <summary>Who has it: <c>process 17 on host since ...</c>.</summary>
    public string Holder { get; }
}
