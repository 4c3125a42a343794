using WrnEngine.Training.CommandLine;

namespace WrnEngine.Training.Experiments.Planning;

/// <summary>Where runs compute and where their images lie: what may differ between the machines that share an experiment.</summary>
/// <param name="Arguments">As <c>wrn train</c> takes it.</param>
internal sealed record Placement(params IReadOnlyList<string> Arguments)
{
    /// <summary>What was given on a command line.</summary>
    public static Placement Of(ParsedOptions options) => new(
        [.. new Setting[] { DataOptions.DataDir, DeviceOptions.Device, DeviceOptions.Threads }.Where(options.IsGiven).SelectMany(s => options.Arguments(s))]);
}
