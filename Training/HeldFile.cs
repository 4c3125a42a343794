namespace WrnEngine.Training;

/// <summary>Tells a file that another process has opened for itself alone from one that cannot be opened for another reason.</summary>
internal static class HeldFile
{
    /// <summary>True when opening failed because somebody else has the file.</summary>
    public static bool Is(IOException e)
    {
        const int WouldBlockLinux = 11, WouldBlockBsd = 35, SharingViolation = unchecked((int)0x80070020);
        return e.HResult == (OperatingSystem.IsWindows() ? SharingViolation : OperatingSystem.IsLinux() ? WouldBlockLinux : WouldBlockBsd);
    }
}
