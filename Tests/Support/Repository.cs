namespace WrnEngine.Tests.Support;

/// <summary>The source tree that these tests were built from, for those that read documents and kernels.</summary>
internal static class Repository
{
    /// <summary>The folder with the solution, or null where the tests run without one.</summary>
    public static string? Root { get; } = Find();

    private static string? Find()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "WrnEngine.sln"))) folder = Path.GetDirectoryName(folder);
        return folder;
    }
}
