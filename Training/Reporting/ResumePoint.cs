namespace WrnEngine.Training.Reporting;

/// <summary>Where a resumed run goes on.</summary>
/// <param name="Folder">The folder of the run before.</param>
/// <param name="TotalSteps">Steps that its checkpoint has behind it.</param>
/// <param name="Epochs">Epochs that are over.</param>
internal sealed record ResumePoint(string Folder, long TotalSteps, int Epochs);
