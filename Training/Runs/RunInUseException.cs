namespace WrnEngine.Training.Runs;

/// <summary>Why a folder could not be locked: the cause of a sentence for the user, for whoever does something else meanwhile.</summary>
/// <param name="holder">Who has it: <c>process 17 on host since ...</c>.</param>
internal sealed class RunInUseException(string holder) : Exception($"it is in use by {holder}")
{
    /// <summary>Who has it.</summary>
    public string Holder { get; } = holder;

    /// <summary>Who has the folder that an error is about; null where it is about something else.</summary>
    public static string? HolderIn(Exception error) => (error.InnerException as RunInUseException)?.Holder;
}
