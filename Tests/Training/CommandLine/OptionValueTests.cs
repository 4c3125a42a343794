using System.Globalization;
using WrnEngine.Training;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;
using WrnEngine.Training.Verbs;

namespace WrnEngine.Tests.Training.CommandLine;

[Category("Training")]
public class OptionValueTests
{
    private static ParsedOptions Parse(string line) => WrnCommand.ParseTrain(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [Test]
    public void NothingGivenIsThePapersRecipeOnWrn16x8()
    {
        var options = Parse("");
        Assert.That(Settings.Recipe(options) with { DecayEpochs = null }, Is.EqualTo(new Hyperparameters()));
        Assert.That(Settings.Recipe(options).Milestones, Is.EqualTo(new Hyperparameters().Milestones));
        Assert.That(Settings.Network(options).Name, Is.EqualTo("WRN-16-8"));
        Assert.That(Settings.Plan(options, Settings.Network(options)).EvalEvery, Is.EqualTo(1));
    }

    [Test]
    public void EveryOptionArrives()
    {
        var options = Parse(
            "train --epochs 7 -b 32 --lr 0.05 --momentum 0.8 --wd 1e-4 --schedule cosine --decay-epochs 2,5 --decay-rate 0.5 --warmup-epochs 1 "
            + "--label-smoothing 0.1");
        Assert.That(Settings.Recipe(options) with { DecayEpochs = null }, Is.EqualTo(new Hyperparameters
        {
            Epochs = 7,
            BatchSize = 32,
            LearningRate = 0.05f,
            Momentum = 0.8f,
            WeightDecay = 1e-4f,
            Schedule = "cosine",
            DecayRate = 0.5f,
            WarmupEpochs = 1,
            LabelSmoothing = 0.1f,
        }));
        Assert.That(string.Join(',', Settings.Recipe(options).Milestones), Is.EqualTo("2,5"));

        options = Parse("--dataset synthetic --data-dir x --train-images 100 --test-images 50 --val-images 20 --normalize paper --data-seed 9 --seed 4 --threads 3 "
            + "--augment imagenet --image-size 48 --svhn-extra off");
        Assert.That(Settings.Dataset(options), Is.EqualTo(new DatasetOptions
        {
            Name = "synthetic",
            DataDirectory = "x",
            TrainImages = 100,
            TestImages = 50,
            ValidationImages = 20,
            Normalization = NormalizationSource.Paper,
            Augmentation = Augmentation.ImageNet,
            ImageSize = 48,
            SvhnExtra = SvhnExtra.Off,
            DataSeed = 9,
            Seed = 4,
            Threads = 3,
        }));

        options = Parse("--eval-every 3 --max-steps 50 --widen-factor 2 --dropout 0.3");
        var plan = Settings.Plan(options, Settings.Network(options));
        Assert.That((plan.EvalEvery, plan.MaxSteps, plan.EvaluateAtMaxSteps), Is.EqualTo((3, (long?)50, true)));
        Assert.That((plan.Network.WidenFactor, plan.Network.DropRate), Is.EqualTo((2, 0.3f)));
    }

    [TestCase("--k 4")]
    [TestCase("--width 4")]
    [TestCase("--widen-factor=4")]
    [TestCase("train --k 4")]
    public void AliasesMeanTheSame(string line) => Assert.That(Parse(line).Get(NetworkOptions.WidenFactor), Is.EqualTo(4));

    [TestCase("--dataset synthetic", 10)]
    [TestCase("--dataset auto --data-dir /nowhere", 10)]
    [TestCase("--dataset cifar10", 200)]
    [TestCase("--dataset synthetic --epochs 3", 3)]
    public void TheLengthOfARunDependsOnTheDataSet(string line, int epochs)
    {
        var options = Parse(line);
        Assert.That(Settings.DecideDefaults(options), Is.EqualTo(line.Contains("auto", StringComparison.Ordinal)));
        Assert.That(Settings.Recipe(options).Epochs, Is.EqualTo(epochs));
    }

    [TestCase("--dataset synthetic", "dataset", "crop-flip", "auto")]
    [TestCase("--dataset cifar100 --augment none", "dataset", "none", "auto")]
    [TestCase("--dataset cifar10 --augment imagenet", "imagenet", "imagenet", "auto")]
    [TestCase("--dataset svhn --data-dir /nowhere", "unit", "none", "off")]
    [TestCase("--dataset svhn --data-dir /nowhere --svhn-extra on --normalize dataset --augment crop-flip", "dataset", "crop-flip", "on")]
    [TestCase("--dataset folder", "auto", "auto", "auto")]
    public void PreparationDependsOnTheDataSet(string line, string normalize, string augment, string extra)
    {
        var options = Parse(line);
        Settings.DecideDefaults(options);
        Assert.That(
            (options.Get(DataOptions.Normalize), options.Get(DataOptions.Augment), options.Get(DataOptions.SvhnExtra)),
            Is.EqualTo((normalize, augment, extra)));
    }

    [Test]
    public void StoredArgumentsGiveTheSameOptionsAgainAndHoldNoPathsOrLimits()
    {
        const string Stored = "--depth 10 --k 2 --dropout 0.25 --seed 7 --wd 0.0003 --decay-epochs 3,4 --deterministic";
        var options = Parse(Stored + " --data-dir /d --output o --max-steps 3 --threads 2");
        Settings.DecideDefaults(options);
        var again = WrnCommand.ParseTrain(options.StoredArguments());
        foreach (var setting in options.Settings.Where(s => s.IsStored))
            Assert.That(setting.Text(again), Is.EqualTo(setting.Text(options)), setting.Name);
        string stored = string.Join(' ', options.StoredArguments());
        Assert.That(stored, Does.Not.Contain("/d").And.Not.Contain("--output").And.Not.Contain("max-steps").And.Not.Contain("threads"));
        Assert.That(string.Join(' ', options.GivenArguments(except: RunOptions.Output)), Is.EqualTo("--data-dir /d --threads 2 --max-steps 3"));
    }

    [Test]
    public void ConfigHoldsEveryOptionByItsName()
    {
        var options = Parse("--depth 10 --weight-decay 0.0005");
        var config = Settings.Config(options, Settings.Plan(options, Settings.Network(options)));
        Assert.That(config.Select(p => p.Key), Is.EquivalentTo(options.Settings.Select(s => s.JsonName)));
        Assert.That(config["weightDecay"]!.ToJsonString(), Is.EqualTo("0.0005"));
        Assert.That(config["depth"]!.GetValue<int>(), Is.EqualTo(10));
        Assert.That(config["decayEpochs"]!.ToJsonString(), Is.EqualTo("[60,120,160]"));
    }

    [Test]
    public void NumbersDoNotDependOnTheCulture()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            comma.NumberFormat.NumberDecimalSeparator = ",";
            CultureInfo.CurrentCulture = comma;
            var options = Parse("--lr 0.25");
            Assert.That(options.Get(RecipeOptions.LearningRate), Is.EqualTo(0.25f));
            Assert.That(RecipeOptions.LearningRate.Text(options), Is.EqualTo("0.25"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
