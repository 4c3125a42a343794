using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Tests.Training.Reporting.Pages;

/// <summary>Markup, pages and charts: what comes from data stays text, and a page names the hashes of all it runs.</summary>
[TestFixture]
[Category("Training")]
internal sealed class HtmlTests
{
    [Test]
    public void Holes_are_escaped_and_markup_is_not()
    {
        Html inner = Html.Of($"<b>{"<script>"}</b>");
        Assert.That(Html.Of($"<p title=\"{"\"'&"}\">{inner}{1.5:F2}</p>").ToString(), Is.EqualTo("<p title=\"&quot;&#39;&amp;\"><b>&lt;script&gt;</b>1.50</p>"));
    }

    /// <summary>A right-to-left override in the name of a class would turn the numbers behind it around.</summary>
    [Test]
    public void Text_cannot_turn_the_writing_direction() =>
        Assert.That(Html.Of($"<b>{"a\u202egnp"}</b>, 12 %").ToString(), Is.EqualTo("<b>a\uFFFDgnp</b>, 12 %"));

    [Test]
    public void The_policy_of_a_page_names_the_hash_of_its_style()
    {
        string page = new HtmlPage("a < b", Html.Of($"<h1>x</h1>")).ToString();
        string style = Regex.Match(page, "<style>(.*?)</style>", RegexOptions.Singleline).Groups[1].Value;
        string hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        Assert.That(System.Net.WebUtility.HtmlDecode(page), Does.Contain($"style-src 'sha256-{hash}'").And.Contain("script-src 'none'"));
        Assert.That(page, Does.Contain("<title>a &lt; b</title>"));
        Assert.That(page, Does.Not.Contain("http:").And.Not.Contain("https:"));
    }

    [Test]
    public void Data_cannot_end_its_element()
    {
        string page = new HtmlPage("t", Html.Empty) { Data = "</script><script>alert(1)</script>" }.ToString();
        Assert.That(Regex.Count(page, "</script>"), Is.EqualTo(1));
    }

    [TestCase(0, 100)]
    [TestCase(0.013, 0.017)]
    [TestCase(-5, 5)]
    [TestCase(3, 3)]
    [TestCase(0, 0)]
    public void An_axis_holds_its_values(double low, double high)
    {
        var axis = ChartAxis.Of(low, high, isLog: false);
        Assert.That(axis.Share(low), Is.InRange(-1e-9, 1 + 1e-9));
        Assert.That(axis.Share(high), Is.InRange(-1e-9, 1 + 1e-9));
        Assert.That(axis.Ticks, Is.Ordered.And.Unique.And.Count.InRange(2, 9));
    }

    [Test]
    public void A_logarithmic_axis_has_decades() => Assert.That(ChartAxis.Of(0.02, 3, isLog: true).Ticks, Is.EqualTo([0.01, 0.1, 1, 10]).Within(1e-12));

    [Test]
    public void A_curve_is_interrupted_where_a_value_is_missing()
    {
        string svg = new LineChart("t", "x", "y", [new ChartSeries("a", [(1, 1), (2, double.NaN), (3, 2), (4, 3)])]).ToHtml().ToString();
        string path = Regex.Match(svg, "class=\"series[^>]* d=\"([^\"]*)\"").Groups[1].Value;
        Assert.That(path.Count(c => c == 'M'), Is.EqualTo(2));
        Assert.That(path.Count(c => c == 'L'), Is.EqualTo(1));
    }
}
