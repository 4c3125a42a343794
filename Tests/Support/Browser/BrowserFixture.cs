namespace WrnEngine.Tests.Support.Browser;

/// <summary>A fixture that has a browser: one for all its tests, or all of them are ignored because there is none.</summary>
[Category("Browser")]
internal abstract class BrowserFixture
{
    private Chromium? _browser;

    /// <summary>A tab that stays open between tests.</summary>
    protected BrowserPage Page { get; private set; } = null!;

    [OneTimeSetUp]
    public void StartBrowser()
    {
        if (Chromium.Find() is not { } program)
            Assert.Ignore("No browser: install chromium, or name a Chromium or Chrome by WRN_CHROMIUM.");
        else
        {
            _browser?.Dispose();
            _browser = Chromium.Start(program);
            Page?.Dispose();
            Page = _browser.NewPage();
        }
    }

    [OneTimeTearDown]
    public void EndBrowser()
    {
        Page?.Dispose();
        _browser?.Dispose();
    }
}
