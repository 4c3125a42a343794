using WrnEngine.Tests.Training.Data;
using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Tests.Support.Browser;

/// <summary>The check of pages finds what it is there to find.</summary>
[TestFixture]
internal sealed class PageCheckTests : BrowserFixture
{
    private const string Style = "body { font-family: sans-serif; background: #fff; color: #222; }";

    [Test]
    public void A_page_of_the_program_is_well() => WithPage(
        new HtmlPage("t", Html.Of($"<h1>Title</h1><p class=\"quiet\">Some text</p><pre>code</pre>")) { Data = "<script>" }.ToString(),
        path => PageCheck.Verify(Page, path));

    [TestCase("<div><p>a</p><table><td>" + "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww" + "</table></div>", "pixels wide in a window of 390")]
    [TestCase("<p style=\"color: #999\">pale</p>", "contrast 2.8")]
    [TestCase("<div style=\"background: rgb(0 0 0 / 50%)\"><p style=\"color: #fff\">white on grey</p></div>", "contrast 4.0")]
    [TestCase("<svg><rect width=\"99\" height=\"40\" fill=\"#222\"/><text x=\"9\" y=\"20\">black on black</text></svg>", "contrast 1.")]
    [TestCase("<script>console.error('broken')</script>", "console.error: broken")]
    [TestCase("<script>nothing.at.all()</script>", "nothing is not defined")]
    [TestCase("<img src=\"other.png\">", "other.png")]
    [TestCase("<p style=\"font-family: 'DejaVu Sans'\">one family</p>", "no generic font")]
    public void It_finds(string body, string problem) => WithPage(
        $"<!doctype html><meta charset=utf-8><link rel=icon href=\"data:,\"><style>{Style}</style>{body}",
        path => Assert.That(string.Join('\n', PageCheck.Problems(Page, path)), Does.Contain(problem)));

    [Test]
    public void It_clicks_and_reads() => WithPage(
        "<!doctype html><button>0</button><script>document.querySelector('button').addEventListener('click', e => e.target.textContent++)</script>",
        path =>
        {
            Page.Open(path, new View(390, IsDark: true));
            Page.Click("button");
            Page.Click("button");
            Assert.That(Page.Text("button"), Is.EqualTo("2"));
            Assert.That((bool)Page.Evaluate("matchMedia('(prefers-color-scheme: dark)').matches && innerWidth === 390")!);
        });

    private static void WithPage(string html, Action<string> look)
    {
        using var folder = new TempFolder();
        string path = folder["page.html"];
        File.WriteAllText(path, html);
        look(path);
    }
}
