using WrnEngine.Tests.Support.Browser;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;
using WrnEngine.Training.Reporting.Report;

namespace WrnEngine.Tests.Training.Reporting.Report;

/// <summary>A browser opens reports of a real, tiny run: one alone, and two side by side.</summary>
[TestFixture]
[Category("Training")]
internal sealed class ReportBrowserTests : BrowserFixture
{
    [Test]
    public void A_browser_finds_nothing_wrong()
    {
        using var folder = new TempFolder();
        string run = folder["run"], both = folder["both.html"];
        var (code, _, error) = Wrn.Run("--depth", "10", "--k", "1", "--dataset", "synthetic", "--train-images", "64", "-b", "32", "--epochs", "2", "--output", run, "--device", "cpu");
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        PageCheck.Verify(Page, Path.Combine(run, ReportPage.FileName));
        ReportPage.Write([RunRecord.Read(run), RunRecord.Read(run)], both);
        PageCheck.Verify(Page, both);
    }
}
