using System.Reflection;

namespace WrnEngine.Tools.GpuCheck;

/// <summary>The programs that are run, each as a file and first arguments, and files beside them. This one lies in one folder with its siblings.</summary>
internal sealed record ProgramFiles(IReadOnlyList<string> Wrn, IReadOnlyList<string> Tests, IReadOnlyList<string> Python, string? PyTorchPeer, string? Document)
{
    /// <summary>Names another Python than <c>python3</c>.</summary>
    public const string PythonVariable = "WRN_PYTHON";

    /// <summary>Which build this is: a part that another build left is measured again.</summary>
    public string Build { get; init; } =
        typeof(ProgramFiles).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Looks beside this program and above it.</summary>
    /// <exception cref="CheckException">A program of ours is missing.</exception>
    public static ProgramFiles Find(CheckSettings settings)
    {
        string python = Environment.GetEnvironmentVariable(PythonVariable) is { Length: > 0 } named ? named : "python3";
        string? document = settings.Document ?? (settings.IsSimulated || settings.IsSmall ? null : Above("docs/gpu.md"));
        if (document is not null && !File.Exists(document)) throw new CheckException($"--document {document} is not there.");
        return new ProgramFiles(Sibling("wrn"), Sibling("WrnEngine.Tests"), [python], Above("tools/peers/pytorch_wrn.py"), document);
    }

    /// <summary>A program of ours: its own executable, or <c>dotnet</c> with its library.</summary>
    private static string[] Sibling(string name)
    {
        string path = Path.Combine(AppContext.BaseDirectory, name), library = path + ".dll";
        string program = OperatingSystem.IsWindows() ? path + ".exe" : path;
        if (File.Exists(program)) return [program];
        return File.Exists(library) ? ["dotnet", library] : throw new CheckException($"{name} is not in {AppContext.BaseDirectory}: start tools/gpu-check.sh, which builds it.");
    }

    /// <summary>A file of the repository or the bundle that this program lies in.</summary>
    private static string? Above(string path)
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string file = Path.Combine(folder, path);
            if (File.Exists(file)) return file;
        }

        return null;
    }
}
