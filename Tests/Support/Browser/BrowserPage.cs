using System.Text.Json.Nodes;

namespace WrnEngine.Tests.Support.Browser;

/// <summary>How a page is looked at.</summary>
/// <param name="Width">CSS pixels.</param>
/// <param name="IsDark">What <c>prefers-color-scheme</c> says.</param>
/// <param name="Height">CSS pixels.</param>
internal readonly record struct View(int Width, bool IsDark, int Height = 900)
{
    /// <summary>Desktop and phone, light and dark.</summary>
    public static IReadOnlyList<View> All { get; } = [new(1440, false), new(1440, true), new(390, false, 844), new(390, true, 844)];

    public override string ToString() => $"{Width} pixels, {(IsDark ? "dark" : "light")}";
}

/// <summary>A tab: opens files, and keeps what they said, threw and asked for.</summary>
internal sealed class BrowserPage : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly DevTools _tools;
    private readonly string _target, _session;
    private readonly List<string> _problems = [], _requests = [];
    private readonly ManualResetEventSlim _loaded = new();

    public BrowserPage(DevTools tools)
    {
        _tools = tools;
        _target = (string)tools.Send("Target.createTarget", new JsonObject { ["url"] = "about:blank" })["targetId"]!;
        _session = (string)tools.Send("Target.attachToTarget", new JsonObject { ["targetId"] = _target, ["flatten"] = true })["sessionId"]!;
        tools.Event += OnEvent;
        foreach (string domain in new[] { "Page", "Runtime", "Log", "Network" }) Send($"{domain}.enable");
    }

    /// <summary>Errors and warnings of the console, exceptions, and what the content security policy refused, since <see cref="Open"/>.</summary>
    public IReadOnlyList<string> Problems
    {
        get
        {
            lock (_problems) return [.. _problems];
        }
    }

    /// <summary>Addresses that were asked for since <see cref="Open"/>, the page's own first; data: addresses are none.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_requests) return [.. _requests];
        }
    }

    /// <summary>Opens a file and waits until it is loaded.</summary>
    public void Open(string path, View view)
    {
        Look(view);
        lock (_problems) _problems.Clear();
        lock (_requests) _requests.Clear();
        _loaded.Reset();
        Send("Page.navigate", new JsonObject { ["url"] = new Uri(Path.GetFullPath(path)).AbsoluteUri });
        if (!_loaded.Wait(Patience)) throw new TimeoutException($"{path} did not load within {Patience}.");
        _ = Evaluate("document.fonts.ready.then(() => new Promise(r => requestAnimationFrame(() => r(0))))"); // laid out
    }

    /// <summary>Changes size and colour scheme of the page that is open.</summary>
    public void Look(View view)
    {
        Send("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = view.Width, ["height"] = view.Height, ["deviceScaleFactor"] = 1, ["mobile"] = false });
        var scheme = new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = view.IsDark ? "dark" : "light" };
        Send("Emulation.setEmulatedMedia", new JsonObject { ["features"] = new JsonArray(scheme) });
    }

    /// <summary>The value of an expression, awaited where it is a promise.</summary>
    /// <exception cref="InvalidOperationException">It throws.</exception>
    public JsonNode? Evaluate(string expression)
    {
        var answer = Send("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        return answer["exceptionDetails"] is { } e
            ? throw new InvalidOperationException($"{e["text"]} {e["exception"]?["description"]}") : answer["result"]!["value"]?.DeepClone();
    }

    /// <summary>The text of the first element that a CSS selector finds.</summary>
    public string Text(string selector) => (string?)Evaluate($"document.querySelector({Literal(selector)}).textContent.trim()") ?? "";

    /// <summary>Clicks with the mouse into the middle of the first element that a CSS selector finds, or at an offset from its corner.</summary>
    public void Click(string selector, double? dx = null, double? dy = null)
    {
        var at = Evaluate(
            $$"""
            (() => { const e = document.querySelector({{Literal(selector)}}); if (!e) throw new Error('nothing to click'); e.scrollIntoView({ block: 'center', behavior: 'instant' });
              const r = e.getBoundingClientRect(); return [r.left, r.top, r.width, r.height]; })()
            """)!.AsArray();
        double x = (double)at[0]! + (dx ?? ((double)at[2]! / 2)), y = (double)at[1]! + (dy ?? ((double)at[3]! / 2));
        foreach (string type in new[] { "mouseMoved", "mousePressed", "mouseReleased" })
        {
            bool isButton = type != "mouseMoved";
            Send("Input.dispatchMouseEvent", new JsonObject
            {
                ["type"] = type,
                ["x"] = x,
                ["y"] = y,
                ["button"] = isButton ? "left" : "none",
                ["clickCount"] = isButton ? 1 : 0,
            });
        }
    }

    /// <summary>Writes a picture of the window, or of the whole page.</summary>
    public void Screenshot(string path, bool wholePage = true)
    {
        var answer = Send("Page.captureScreenshot", new JsonObject { ["format"] = "png", ["captureBeyondViewport"] = wholePage });
        File.WriteAllBytes(path, Convert.FromBase64String((string)answer["data"]!));
    }

    /// <summary>A text as a JavaScript literal.</summary>
    public static string Literal(string text) => JsonValue.Create(text).ToJsonString();

    private JsonObject Send(string method, JsonObject? parameters = null) => _tools.Send(method, parameters, _session);

    private void OnEvent(string? session, string name, JsonObject p)
    {
        if (session != _session) return;
        switch (name)
        {
            case "Page.loadEventFired":
                _loaded.Set();
                break;
            case "Runtime.exceptionThrown":
                AddProblem($"exception: {p["exceptionDetails"]!["text"]} {p["exceptionDetails"]!["exception"]?["description"]}");
                break;
            case "Runtime.consoleAPICalled" when (string?)p["type"] is "error" or "warning" or "assert":
                AddProblem($"console.{p["type"]}: {string.Join(' ', p["args"]!.AsArray().Select(a => a!["value"] ?? a["description"]))}");
                break;
            case "Log.entryAdded" when (string?)p["entry"]!["level"] is "error" or "warning":
                AddProblem($"{p["entry"]!["source"]}: {p["entry"]!["text"]}");
                break;
            case "Network.requestWillBeSent" when (string)p["request"]!["url"]! is var url && !url.StartsWith("data:", StringComparison.Ordinal):
                lock (_requests) _requests.Add(url);
                break;
        }
    }

    private void AddProblem(string problem)
    {
        lock (_problems) _problems.Add(problem);
    }

    public void Dispose()
    {
        _tools.Event -= OnEvent;
        _tools.Send("Target.closeTarget", new JsonObject { ["targetId"] = _target });
        _loaded.Dispose();
    }
}
