namespace WrnEngine.Tools.GpuCheck;

/// <summary>What was asked for.</summary>
/// <param name="Device"><c>cuda:N</c> or <c>ptxsim</c>.</param>
/// <param name="IsSmall">A rehearsal: sizes that say nothing about speed.</param>
/// <param name="Budget">For the whole run.</param>
/// <param name="Only">Steps to run again; none: those that are not done.</param>
/// <param name="Results">The folder of the run, a full path.</param>
internal sealed record CheckSettings(string Device, bool IsSmall, TimeSpan Budget, IReadOnlyList<string> Only, string Results)
{
    /// <summary>The device that is a program.</summary>
    public const string Simulator = "ptxsim";

    /// <summary>The document whose table is written, or null for the default.</summary>
    public string? Document { get; init; }

    /// <summary>Where CIFAR-10 may be.</summary>
    public string DataDirectory { get; init; } = "data";

    /// <summary>Whether figures are those of a program that imitates a GPU.</summary>
    public bool IsSimulated => Device == Simulator;

    /// <summary>The driver's number of the device; 0 for the simulator.</summary>
    public int Ordinal => IsSimulated ? 0 : int.Parse(Device.AsSpan("cuda:".Length));
}
