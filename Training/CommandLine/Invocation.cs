namespace WrnEngine.Training.CommandLine;

/// <summary>Prints commands in the form that works for the reader.</summary>
internal static class Invocation
{
    private static readonly Lazy<string> LazyPrefix = new(() => Prefix(AppContext.BaseDirectory, Environment.CurrentDirectory));

    /// <summary>What starts this program, up to its arguments: <c>dotnet run --project Training --</c>, or <c>wrn</c> when installed.</summary>
    public static string Program => LazyPrefix.Value;

    /// <summary>A whole command.</summary>
    public static string Command(params IEnumerable<string> arguments) => string.Join(' ', arguments.Select(Quote).Prepend(Program));

    /// <summary>A build output below a project file was started through the SDK; everything else is an installed tool.</summary>
    internal static string Prefix(string baseDirectory, string currentDirectory)
    {
        for (var folder = new DirectoryInfo(baseDirectory); folder is not null; folder = folder.Parent)
        {
            if (folder.Name is not "bin" || folder.Parent is not { } project || !File.Exists(Path.Combine(project.FullName, "Training.csproj"))) continue;
            string path = Path.GetRelativePath(currentDirectory, project.FullName);
            return path == "." ? "dotnet run --" : $"dotnet run --project {Quote(path)} --";
        }

        return "wrn";
    }

    private static string Quote(string argument) => argument.Contains(' ', StringComparison.Ordinal) && !argument.StartsWith("--", StringComparison.Ordinal) ? $"\"{argument}\"" : argument;
}
