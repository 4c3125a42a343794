namespace WrnEngine.Training;

/// <summary>What the process answers; the same numbers everywhere in the project.</summary>
public static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>A wrong command line.</summary>
    public const int Usage = 1;

    /// <summary>The device asked for is not here.</summary>
    public const int NoDevice = 2;

    /// <summary>The loss became NaN or infinite.</summary>
    public const int Diverged = 3;

    /// <summary>A file or folder could not be read or written.</summary>
    public const int InputOutput = 4;

    /// <summary>A data set or checkpoint is not what it should be.</summary>
    public const int BadData = 5;

    /// <summary>A check of the simulator found something.</summary>
    public const int CheckFailed = 6;

    /// <summary>A device failed or has no more memory.</summary>
    public const int DeviceFault = 7;

    /// <summary>Ended by Ctrl-C.</summary>
    public const int Interrupted = 130;

    /// <summary>Ended by SIGTERM.</summary>
    public const int Terminated = 143;
}
