using System.Diagnostics;

namespace WrnEngine.Tests.Support.Browser;

/// <summary>A headless Chromium with a profile of its own, and the connection to it.</summary>
internal sealed class Chromium : IDisposable
{
    private const string AddressPrefix = "DevTools listening on ";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _profile;
    private readonly Process _process;

    private Chromium(DirectoryInfo profile, Process process, DevTools tools) => (_profile, _process, Tools) = (profile, process, tools);

    /// <summary>The connection.</summary>
    public DevTools Tools { get; }

    /// <summary>WRN_CHROMIUM, or the first Chromium or Chrome on the PATH; null when there is none.</summary>
    public static string? Find()
    {
        if (Environment.GetEnvironmentVariable("WRN_CHROMIUM") is { Length: > 0 } named) return named;
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        string[] names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
        return names.SelectMany(_ => folders, (name, folder) => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    /// <summary>Starts a browser and waits until it answers.</summary>
    public static Chromium Start(string program)
    {
        var profile = Directory.CreateTempSubdirectory("wrn-chromium-");
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardError = true,
            ArgumentList =
            {
                "--headless=new", "--no-sandbox", "--remote-debugging-port=0", $"--user-data-dir={profile.FullName}", "--no-first-run", "--hide-scrollbars",
                "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--disable-sync", "about:blank",
            },
        };
#pragma warning disable IDISP001, IDISP017 // The browser owns the process from here on, unless it does not come up.
        var process = Process.Start(start)!;
        try
        {
            return new Chromium(profile, process, DevTools.Connect(ReadAddress(process)));
        }
        catch
        {
            End(process, profile);
            process.Dispose();
            throw;
        }
#pragma warning restore IDISP001, IDISP017
    }

    private static Uri ReadAddress(Process process)
    {
        var address = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var lines = new List<string>();
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is null) address.TrySetException(new InvalidOperationException($"Chromium ended: {string.Join('\n', lines)}"));
            else if (e.Data.StartsWith(AddressPrefix, StringComparison.Ordinal)) address.TrySetResult(new Uri(e.Data[AddressPrefix.Length..]));
            else if (!address.Task.IsCompleted) lines.Add(e.Data);
        };
        process.BeginErrorReadLine(); // to the end, or the browser would wait for a reader
        return address.Task.WaitAsync(Patience).GetAwaiter().GetResult();
    }

    /// <summary>Opens a tab.</summary>
    public BrowserPage NewPage() => new(Tools);

    public void Dispose()
    {
        Tools.Dispose();
        End(_process, _profile);
        _process.Dispose();
    }

    private static void End(Process process, DirectoryInfo profile)
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        process.WaitForExit();
        try
        {
            profile.Delete(recursive: true);
        }
        catch (IOException)
        {
            // A child that is just ending wrote into it; it lies in the system's folder for such things.
        }
    }
}
