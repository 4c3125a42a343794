using WrnEngine.Kernels.Simulator.Driver;

namespace WrnEngine.Training.Simulation;

/// <summary>What the simulator's checks found while a command ran on <c>ptxsim</c>.</summary>
internal static class SimulatorReport
{
    /// <summary>Starts anew: what was found before belongs to somebody else.</summary>
    public static void Start() => SimulatorDriver.ForgetFindings();

    /// <summary>Prints findings, if there are any.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="exitCode">The command's own.</param>
    /// <returns>The command's exit code, or the one that says that a check found something.</returns>
    public static int Finish(Terminal terminal, int exitCode)
    {
        var findings = SimulatorDriver.Findings;
        if (findings.Count == 0) return exitCode;
        terminal.Out.Flush();
        foreach (var finding in findings) terminal.Error.WriteLine(finding);
        terminal.Error.WriteLine($"wrn: the checks found {(findings.Count == 1 ? "1 problem" : $"{findings.Count} problems")} in the kernels.");
        return exitCode == ExitCode.Ok ? ExitCode.CheckFailed : exitCode;
    }
}
