namespace WrnEngine.Tests.Support.Browser;

/// <summary>
/// What holds for every page that the program writes: one small file that asks for nothing else, reads well on a phone and on a desktop, light and dark,
/// and whose script does not fail.
/// </summary>
internal static class PageCheck
{
    private const long MaxBytes = 2_000_000;

    private static readonly Lazy<string> Script = new(() =>
    {
        using var stream = typeof(PageCheck).Assembly.GetManifestResourceStream("page-check.js")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    });

    /// <summary>Opens a page in every view and fails with all that is wrong with it.</summary>
    /// <param name="page">A tab.</param>
    /// <param name="path">The file.</param>
    /// <param name="act">Called in each view when the page is open, before it is looked at: clicks, say.</param>
    public static void Verify(BrowserPage page, string path, Action<BrowserPage, View>? act = null) =>
        Assert.That(Problems(page, path, act), Is.Empty, $"Problems of {Path.GetFileName(path)}");

    /// <summary>All that is wrong with a page, a sentence each.</summary>
    public static IReadOnlyList<string> Problems(BrowserPage page, string path, Action<BrowserPage, View>? act = null)
    {
        var problems = new List<string>();
        long bytes = new FileInfo(path).Length;
        if (bytes >= MaxBytes) problems.Add($"the file has {bytes:N0} bytes, {MaxBytes:N0} are too many");
        foreach (var view in View.All)
        {
            page.Open(path, view);
            act?.Invoke(page, view);
            var found = page.Evaluate(Script.Value)!.AsArray().Select(p => (string)p!).ToList();
            found.AddRange(page.Problems);
            found.AddRange(page.Requests.Skip(1).Select(r => $"asks for {r}"));
            problems.AddRange(found.Select(p => $"{view}: {p}"));
        }

        return problems;
    }
}
