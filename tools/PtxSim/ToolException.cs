namespace WrnEngine.Tools.PtxSim;

/// <summary>What the process answers with; the same numbers as the other commands of the project.</summary>
internal enum ExitCode
{
    Ok = 0,
    Usage = 1,
    InputOutput = 4,
    BadPtx = 5,
    Findings = 6,
    DeviceFault = 7,
}

/// <summary>A mistake of the user's, in one sentence.</summary>
internal sealed class ToolException(ExitCode exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public ExitCode ExitCode => exitCode;
}
