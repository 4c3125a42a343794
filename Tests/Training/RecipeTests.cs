using WrnEngine.Models;
using WrnEngine.Optim;
using WrnEngine.Training;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Verbs;

namespace WrnEngine.Tests.Training;

/// <summary>The published recipes, and how options turn into networks and recipes.</summary>
[Category("Training")]
public class RecipeTests
{
    [TestCase(200), TestCase(10), TestCase(1), TestCase(60), TestCase(333)]
    public void DropsOfAScaledPaperRunAreTheDesignsRule(int epochs) =>
        Assert.That(Recipe.Cifar.DropsOf(epochs), Is.EqualTo(MultiStepSchedule.PaperMilestones(epochs)));

    [TestCase("svhn", 160, "80,120")]
    [TestCase("svhn", 16, "8,12")]
    [TestCase("svhn", 2, "2,3")]
    [TestCase("imagenet", 90, "31,61")]
    public void Drops(string name, int epochs, string drops) =>
        Assert.That(string.Join(',', Recipe.Find(name, "", false).DropsOf(epochs)), Is.EqualTo(drops));

    [Test]
    public void AutoGoesByDataSetAndNetwork()
    {
        Assert.That(Recipe.Find("auto", "svhn", false), Is.EqualTo(Recipe.Svhn));
        Assert.That(Recipe.Find("auto", "cifar100", false), Is.EqualTo(Recipe.Cifar));
        Assert.That(Recipe.Find("auto", "folder", true), Is.EqualTo(Recipe.ImageNet));
        Assert.That(Recipe.Find("cifar", "svhn", true), Is.EqualTo(Recipe.Cifar));
    }

    [Test]
    public void TheRateOfSvhnByEpoch()
    {
        var options = Decided("--recipe", "svhn", "--dataset", "synthetic", "--epochs", "160");
        var recipe = Settings.Recipe(options);
        var schedule = recipe.CreateSchedule();
        foreach (var (epoch, rate) in new[] { (1, 0.01f), (79, 0.01f), (80, 0.001f), (119, 0.001f), (120, 0.0001f), (160, 0.0001f) })
            Assert.That(schedule.LearningRate(epoch - 1, 0, 100), Is.EqualTo(rate).Within(1e-9f), $"epoch {epoch}");
        Assert.That(schedule.ResetsMomentum(79), Is.True);
        Assert.That(Settings.Network(options).DropRate, Is.EqualTo(0.4f));
    }

    [Test]
    public void ImageNetKeepsItsMomentum()
    {
        var recipe = Settings.Recipe(Decided("--recipe", "imagenet", "--dataset", "synthetic", "--epochs", "90"));
        var schedule = recipe.CreateSchedule();
        Assert.That((recipe.BatchSize, recipe.WeightDecay), Is.EqualTo((256, 1e-4f)));
        foreach (var (epoch, rate) in new[] { (30, 0.1f), (31, 0.01f), (61, 0.001f) })
            Assert.That(schedule.LearningRate(epoch - 1, 0, 100), Is.EqualTo(rate).Within(1e-9f), $"epoch {epoch}");
        Assert.That(schedule.ResetsMomentum(30), Is.False);
    }

    [Test]
    public void SixtyMinutesBringsItsNetwork()
    {
        var options = Decided("--recipe", "sixty-minutes", "--dataset", "synthetic");
        var (network, recipe) = (Settings.Network(options), Settings.Recipe(options));
        Assert.That((network.Depth, network.WidenFactor), Is.EqualTo(Recipe.SixtyMinutes.Network));
        Assert.That(recipe.Schedule, Is.EqualTo("one-cycle"));
        Assert.That(recipe.CreateSchedule().LearningRate(recipe.Epochs - 1, 99, 100), Is.LessThan(1e-3f));
    }

    [Test]
    public void ARecipesNetworkGivesWay()
    {
        var given = Settings.Network(Decided("--recipe", "sixty-minutes", "--dataset", "synthetic", "--k", "4", "--depth", "22"));
        Assert.That((given.Depth, given.WidenFactor), Is.EqualTo((22, 4.0)));
        var other = Settings.Network(Decided("--recipe", "sixty-minutes", "--dataset", "synthetic", "--model", "preact-basic"));
        Assert.That((other.Depth, other.WidenFactor), Is.EqualTo((110, 1.0)));
    }

    [Test]
    public void WhatIsGivenWins()
    {
        var options = Decided("--recipe", "svhn", "--dataset", "synthetic", "--lr", "0.5", "--batch-size", "8", "--dropout", "0", "--decay-epochs", "3", "--weight-decay", "0");
        var recipe = Settings.Recipe(options);
        Assert.That((recipe.LearningRate, recipe.BatchSize, recipe.WeightDecay), Is.EqualTo((0.5f, 8, 0f)));
        Assert.That(string.Join(',', recipe.DecayEpochs!), Is.EqualTo("3"));
        Assert.That(recipe.DecayRate, Is.EqualTo(0.1f));
        Assert.That(Settings.Network(options).DropRate, Is.Zero);
    }

    [Test]
    public void ABlockOfOneConvolutionGetsNoDropoutFromARecipe() =>
        Assert.That(Settings.Network(Decided("--recipe", "svhn", "--dataset", "synthetic", "--depth", "40", "--block", "3")).DropRate, Is.Zero);

    private static IEnumerable<TestCaseData> Paper() => PaperNetworks.All.Select((n, i) => new TestCaseData(n.Network).SetName($"{{m}}({i}: {n.Where}, {n.Network.Name})"));

    [TestCaseSource(nameof(Paper))]
    public void EveryNetworkOfThePaperCanBeAskedFor(WideResNetOptions network)
    {
        string arguments = SummaryVerb.Arguments(network);
        Assert.That(Settings.Network(WrnCommand.ParseTrain(arguments.Split(' '))), Is.EqualTo(network with { NumClasses = 10 }));
    }

    [TestCase("--order post --shortcut none --dropout-at shortcut --blocks-per-group 2 --k 1.5 --depth 16")]
    public void TheVariationsCanBeAskedFor(string arguments)
    {
        var network = Settings.Network(WrnCommand.ParseTrain(arguments.Split(' ')));
        Assert.That(network, Is.EqualTo(new WideResNetOptions(16, 1.5)
        {
            Order = LayerOrder.Post,
            Shortcut = ShortcutKind.None,
            DropoutAt = DropoutPlace.Shortcut,
            BlocksPerGroupOverride = 2,
        }));
    }

    [TestCase("resnet-basic", 110, 1)]
    [TestCase("preact-bottleneck", 164, 1)]
    [TestCase("wrn", 16, 8)]
    [TestCase("wrn-50-2-bottleneck", 50, 2)]
    public void EachFamilyHasItsDefaults(string model, int depth, double k)
    {
        var network = Settings.Network(WrnCommand.ParseTrain(["--model", model]));
        Assert.That((network.Depth, network.WidenFactor), Is.EqualTo((depth, k)));
    }

    private static ParsedOptions Decided(params string[] arguments)
    {
        var options = WrnCommand.ParseTrain(arguments);
        Settings.DecideDefaults(options);
        return options;
    }
}
