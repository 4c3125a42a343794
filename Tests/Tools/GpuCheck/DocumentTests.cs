using WrnEngine.Tests.Support;
using WrnEngine.Tools.GpuCheck;
using WrnEngine.Tools.GpuCheck.Steps;

namespace WrnEngine.Tests.Tools.GpuCheck;

/// <summary>docs/gpu.md says what its report says, and nothing was measured while there is none.</summary>
public class DocumentTests : CheckFixture
{
    [Test]
    public void TheDocumentSaysWhatItsReportSays()
    {
        string path = Path.Combine(Folder, "committed.json");
        using (var resource = typeof(DocumentTests).Assembly.GetManifestResourceStream("Repository/docs/gpu-report.json"))
            if (resource is not null)
                using (var file = File.Create(path)) resource.CopyTo(file);
        var report = ReportFile.Read<GpuReport>(path) ?? GpuReport.Empty;
        Assert.That(report.Simulated || report.Small, Is.False, "a rehearsal's report was committed");
        Assert.That(DocumentTable.Between(EmbeddedFile.Read("docs/gpu.md")), Is.EqualTo(DocumentTable.Text(report)));
    }

    [Test]
    public void TheDocumentNamesEveryStepAndField()
    {
        string text = EmbeddedFile.Read("docs/gpu.md");
        Assert.Multiple(() =>
        {
            foreach (string step in AllSteps.Names) Assert.That(text, Does.Contain($"| `{step}` |"));
            foreach (var type in new[] { typeof(GpuReport), typeof(Card), typeof(StepReport), typeof(Figure), typeof(LayerRow) })
                foreach (var property in type.GetProperties().Where(p => p.GetMethod!.IsStatic is false && p.Name != "EqualityContract"))
                    Assert.That(text, Does.Contain($"`{char.ToLowerInvariant(property.Name[0])}{property.Name[1..]}").Or.Contain($"`{property.Name.ToLowerInvariant()}"), $"{type.Name}.{property.Name}");
        });
    }

    [Test]
    public void ARunWritesTheTableBetweenTheMarkers()
    {
        string document = Path.Combine(Folder, "gpu.md");
        File.WriteAllText(document, $"before\n{DocumentTable.Begin}\nold\n{DocumentTable.End}\nafter\n");
        Run([new TestStep("bench", c => c.Result.Measured("WRN-10-1, float32, native", 1234.5, "images/s", "wrn bench"))], document: document);
        string[] lines = File.ReadAllLines(document);
        Assert.Multiple(() =>
        {
            Assert.That(lines, Does.Contain("| training, WRN-10-1, float32, native | 1,234 images/s (simulator) |  |"));
            Assert.That(lines, Does.Contain("| training, WRN-10-1, bf16, cudnn | not measured |  |"));
            Assert.That(string.Join('\n', lines), Does.Contain("say nothing about a GPU").And.Not.Contain("old"));
            Assert.That((lines[0], lines[^1]), Is.EqualTo(("before", "after")));
            Assert.That(File.Exists(Path.Combine(Folder, "gpu-report.json")));
        });
    }

    [Test]
    public void ADocumentWithoutMarkersIsRefused()
    {
        string document = Path.Combine(Folder, "gpu.md");
        File.WriteAllText(document, "text\n");
        Assert.That(() => DocumentTable.Replace(document, GpuReport.Empty), Throws.TypeOf<CheckException>().With.Message.Contains("gpu-check: begin"));
        Assert.That(File.ReadAllText(document), Is.EqualTo("text\n"));
    }
}
