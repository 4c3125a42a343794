using WrnEngine.Tests.Support.Browser;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Tests.Training.Processes;
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
        using var images = new TinyImages();
        var (code, _, error) = Wrn.Run([.. images.Arguments, "--max-steps", "12", "--eval-every", "1", "--output", run, "--device", "cpu"]);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        PageCheck.Verify(Page, Path.Combine(run, ReportPage.FileName));
        ReportPage.Of(RunRecord.ReadAll([run, run])).Save(both);
        PageCheck.Verify(Page, both);
    }
}
