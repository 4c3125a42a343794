using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;
using WrnEngine.Training.Experiments.Planning;

namespace WrnEngine.Tests.Training.Experiments;

[Category("Training")]
public class ExperimentPlanFileTests
{
    private static readonly PlanRequest Request = new(20, [1, 5], null);

    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void WhatIsReadIsWhatWasWritten()
    {
        var experiment = Descriptions.Read(Descriptions.Table, "table4");
        foreach (var request in new[] { Request, Request with { OfMinutes = 90 }, new PlanRequest(null, [3], "cifar10") })
        {
            var plan = new Planner(experiment, request, new Placement(), new FakeMachine(3e10) { Missing = ["cifar100"] }).Make();
            ExperimentPlanFile.Write(plan, _folder.Path);
            var read = ExperimentPlanFile.Read(_folder.Path, experiment, request)!;
            Assert.That(read.Cells, Is.EqualTo(plan.Cells));
            Assert.That(read.Seeds, Is.EqualTo(plan.Seeds));
            Assert.That(read with { Cells = plan.Cells, Seeds = plan.Seeds }, Is.EqualTo(plan));
        }

        string small = Descriptions.Table.Replace("{ \"width\": 0.25, \"blocks\": 0.5 }", "{ \"width\": 0.25, \"side\": 0.5, \"batchSize\": 32 }");
        var shrunk = new Planner(Descriptions.Read(small, "table4"), Request, new Placement(), new FakeMachine(2e9)).Make();
        Assert.That((shrunk.TestImages, shrunk.Scale.Side), Is.EqualTo(((int?)5000, 0.5)));
        ExperimentPlanFile.Write(shrunk, _folder.Path);
        var again = ExperimentPlanFile.Read(_folder.Path, shrunk.Experiment, Request)!;
        Assert.That(again with { Cells = shrunk.Cells, Seeds = shrunk.Seeds }, Is.EqualTo(shrunk));
        Assert.That(again.Cells, Is.EqualTo(shrunk.Cells));

        Assert.That(ExperimentPlanFile.Read(_folder["elsewhere"], experiment, Request), Is.Null);
    }

    [TestCase(30.0, null, "1,5", null, "--budget was 20, not 30")]
    [TestCase(null, null, "1,5", null, "--budget was 20, not not given")]
    [TestCase(20.0, 90.0, "1,5", null, "--budget was 20, not 90")]
    [TestCase(20.0, null, "1,2,3", null, "--seeds were 1,5, not 1,2,3")]
    [TestCase(20.0, null, "1,5", "cifar10", "--dataset was not given, not cifar10")]
    public void AnotherPlanIsRefused(double? minutes, double? of, string seeds, string? dataset, string sentence)
    {
        var experiment = Descriptions.Read(Descriptions.Table, "table4");
        ExperimentPlanFile.Write(new Planner(experiment, Request, new Placement(), new FakeMachine(3e10)).Make(), _folder.Path);
        var other = new PlanRequest(minutes, [.. seeds.Split(',').Select(ulong.Parse)], dataset) { OfMinutes = of };
        AssertRefused(experiment, other, $"{_folder.Path} holds another plan: {sentence}; give another --output.", ExitCode.Usage);
        AssertRefused(
            Descriptions.Read(Descriptions.Table + " ", "table4"), Request,
            $"{_folder.Path} holds another plan: the description of table4 was another one; give another --output.", ExitCode.Usage);
        AssertRefused(Descriptions.Read(Descriptions.Table, "other"), Request, $"{_folder.Path} holds another plan: that of table4; give another --output.", ExitCode.Usage);
    }

    [TestCase("{}")]
    [TestCase("")]
    [TestCase("{\"experiment\": 3}")]
    public void ADamagedPlanIsBadData(string text)
    {
        string path = _folder.Write(ExperimentPlanFile.FileName, System.Text.Encoding.UTF8.GetBytes(text));
        AssertRefused(Descriptions.Read(Descriptions.Table, "table4"), Request, $"{path} is damaged; remove it to plan again, or give another --output.", ExitCode.BadData);
    }

    private void AssertRefused(WrnEngine.Training.Experiments.Experiment experiment, PlanRequest request, string sentence, int exitCode)
    {
        var error = Assert.Throws<UserException>(() => ExperimentPlanFile.Read(_folder.Path, experiment, request))!;
        Assert.That((error.Message, error.ExitCode), Is.EqualTo((sentence, exitCode)));
    }
}
