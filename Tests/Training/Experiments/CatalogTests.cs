using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Training.Experiments;
using WrnEngine.Training.Experiments.Running;

namespace WrnEngine.Tests.Training.Experiments;

/// <summary>The experiments that come with the program say what the paper prints.</summary>
[Category("Training")]
public class CatalogTests
{
    private static readonly string[] Printed = ["figure2", "figure3", "figure4", "table2", "table3", "table4", "table5", "table6", "table7", "table8", "table9"];
    private static readonly string[] Claimed = ["dropout-place", "figure4", "order", "shortcuts", "table2", "table3", "table4", "table6"];
    private static readonly string[] FromText = ["dropout-place", "order", "shortcuts"];

    private static IEnumerable<string> Names => ExperimentCatalog.Names;

    [Test]
    public void AllAreThere() => Assert.That(Names, Is.EquivalentTo(Printed.Concat(FromText)));

    /// <summary>The networks have as many parameters as the paper prints, to its last digit.</summary>
    [TestCaseSource(nameof(Names))]
    public void ParametersAreThoseOfThePaper(string name)
    {
        const string CountsDiffer = "preact-ResNet-1001"; // 10.2 printed, 10.3 by its layers: the file says so
        var experiment = ExperimentCatalog.Find(name);
        using var device = new MetaDevice();
        foreach (var row in experiment.Rows.Where(r => r.PaperParameters is not null && r.Name != CountsDiffer))
        {
            var network = RowArguments.Network(experiment, row, TwinScale.Full);
            using var model = new WideResNet(network with { NumClasses = network.Architecture.ClassCount }, device);
            Assert.That(Math.Round(model.ParameterCount / 1e6, 1), Is.EqualTo(row.PaperParameters), $"{name}, {row.Name}: {model.ParameterCount:N0}");
        }
    }

    /// <summary>A pair that no data set could ever compare would be a claim that is never judged.</summary>
    [TestCaseSource(nameof(Names))]
    public void EveryPairHasADataSetInCommon(string name)
    {
        var experiment = ExperimentCatalog.Find(name);
        foreach (var (first, second) in experiment.Claims.SelectMany(c => c.Pairs))
        {
            var (a, b) = (Row(first), Row(second));
            Assert.That((a.Datasets ?? experiment.Datasets).Intersect(b.Datasets ?? experiment.Datasets), Is.Not.Empty, $"{name}: {first}, {second}");
        }

        ExperimentRow Row(string row) => experiment.Rows.Single(r => r.Name == row);
    }

    /// <summary>What <c>wrn claims</c> runs is what the paper's conclusions need; the others take ImageNet or SVHN, or repeat a table.</summary>
    [Test]
    public void ClaimsAreSharedOut() => Assert.That(
        ExperimentCatalog.All.Where(e => e.Share > 0).Select(e => e.Name), Is.EqualTo(Claimed));

    [Test]
    public void ABudgetMayTakeOptionsOfItsOwn()
    {
        var table = ExperimentCatalog.Find("table4");
        Assert.That(RowArguments.Of(table, table.Rows[0], TwinScale.Full), Does.Contain("--normalize=zca"));
        Assert.That(RowArguments.Of(table.WithinBudget(), table.Rows[0], TwinScale.Full), Does.Contain("--normalize=dataset"));
    }
}
