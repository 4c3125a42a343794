namespace WrnEngine.Tools.PtxSim;

/// <summary>Files that the user named: what is wrong with them is said before anything runs, and with the option that named them.</summary>
internal static class UserFile
{
    /// <exception cref="ToolException">There is no such file.</exception>
    public static void CheckReadable(string path, string option = "")
    {
        if (!File.Exists(path))
        {
            string what = Directory.Exists(path) ? $"'{path}' is a folder, not a file" : $"There is no file '{path}'";
            throw new ToolException(ExitCode.InputOutput, $"{what}{Named(option)}.");
        }
    }

    /// <exception cref="ToolException">Its folder is missing, or it is a folder itself.</exception>
    public static void CheckWritable(string? path, string option)
    {
        if (path is null)
        {
            return;
        }

        if (Directory.Exists(path))
        {
            throw new ToolException(ExitCode.InputOutput, $"'{path}' is a folder and cannot be written{Named(option)}.");
        }

        if (Path.GetDirectoryName(Path.GetFullPath(path)) is string folder && !Directory.Exists(folder))
        {
            throw new ToolException(ExitCode.InputOutput, $"There is no folder '{folder}' to write to{Named(option)}.");
        }
    }

    /// <exception cref="ToolException">The system does not let us.</exception>
    public static FileStream Create(string path, string option)
    {
        try
        {
            return File.Create(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolException(ExitCode.InputOutput, $"'{path}' cannot be written{Named(option)}: {e.Message.TrimEnd('.')}.", e);
        }
    }

    private static string Named(string option) => option.Length > 0 ? $" ({option})" : "";
}
