namespace WrnEngine.Training.CommandLine;

/// <summary>Options that help shows under one title.</summary>
internal sealed record OptionGroup(string Title, params Setting[] Settings);
