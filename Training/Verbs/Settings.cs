using System.Text.Json.Nodes;
using WrnEngine.Models;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;

namespace WrnEngine.Training.Verbs;

/// <summary>Builds what the verbs work with from the options.</summary>
internal static class Settings
{
    /// <summary>The network; its number of classes is the data set's, which is not known yet.</summary>
    /// <exception cref="UserException">There is no such network.</exception>
    public static WideResNetOptions Network(ParsedOptions options)
    {
        var architecture = Family(options);
        var (depth, k) = (architecture.DefaultDepth, architecture.DefaultWidenFactor);
        if (architecture == Architecture.Wrn && Published(options).Network is { } own) (depth, k) = own;
        options.DecideDefault(NetworkOptions.Depth, depth);
        options.DecideDefault(NetworkOptions.WidenFactor, k);
        var network = new WideResNetOptions(
            options.Get(NetworkOptions.Depth), options.Get(NetworkOptions.WidenFactor), DropRate: options.Get(NetworkOptions.Dropout))
        {
            Architecture = architecture,
            Block = options.Get(NetworkOptions.Block),
            BlocksPerGroupOverride = options.Get(NetworkOptions.BlocksPerGroup),
            Order = options.Get(NetworkOptions.Order) is { } order ? OptionName.Find<LayerOrder>(order) : null,
            Shortcut = options.Get(NetworkOptions.Shortcut) is { } shortcut ? OptionName.Find<ShortcutKind>(shortcut) : null,
            DropoutAt = OptionName.Find<DropoutPlace>(options.Get(NetworkOptions.DropoutAt))!.Value,
        };
        try
        {
            network.Validate();
        }
        catch (ArgumentException e)
        {
            throw new UserException(ExitCode.Usage, $"{e.Message}.", e);
        }

        return network;
    }

    /// <summary>
    /// Turns defaults that depend on what is here into values: the data set, the recipe's numbers, the number of threads. True when
    /// <c>auto</c> fell back to the procedural set.
    /// </summary>
    public static bool DecideDefaults(ParsedOptions options)
    {
        string asked = options.Get(DataOptions.Dataset);
        string found = DatasetCatalog.Resolve(asked, options.Get(DataOptions.DataDir)!);
        options.Decide(DataOptions.Dataset, found);
        if (found == ImageFolderLoader.Key && Family(options) is { IsForImageNet: true } imageNet)
            options.DecideDefault(DataOptions.ImageSize, imageNet.ImageSize);
        DataOptions.Decide(options);
        var recipe = Published(options);
        options.Decide(RecipeOptions.Recipe, recipe.Name);
        options.DecideDefault(RecipeOptions.Epochs, found == SyntheticDataset.Key ? Hyperparameters.SyntheticEpochs : recipe.Epochs);
        options.DecideDefault(RecipeOptions.BatchSize, recipe.BatchSize);
        options.DecideDefault(RecipeOptions.LearningRate, recipe.LearningRate);
        options.DecideDefault(RecipeOptions.WeightDecay, recipe.WeightDecay);
        options.DecideDefault(RecipeOptions.DecayRate, recipe.DecayRate);
        options.DecideDefault(RecipeOptions.Schedule, recipe.Schedule);
        bool hasRoomForDropout = options.Get(NetworkOptions.Block).Contains(',');
        options.DecideDefault(NetworkOptions.Dropout, hasRoomForDropout ? recipe.DropRate : 0);
        if (options.Get(DeviceOptions.Threads) == 0) options.Decide(DeviceOptions.Threads, Environment.ProcessorCount);
        return asked == DatasetCatalog.Auto && found == SyntheticDataset.Key;
    }

    /// <summary>What to load.</summary>
    public static DatasetOptions Dataset(ParsedOptions options) => DataOptions.Prepared(options) with
    {
        TrainImages = options.Get(DataOptions.TrainImages),
        TestImages = options.Get(DataOptions.TestImages),
        ValidationImages = options.Get(DataOptions.ValImages),
        Seed = options.Get(DeviceOptions.Seed),
        Threads = Math.Max(1, options.Get(DeviceOptions.Threads)),
    };

    /// <summary>The recipe.</summary>
    public static Hyperparameters Recipe(ParsedOptions options)
    {
        var published = Published(options);
        int epochs = options.Get(RecipeOptions.Epochs) ?? published.Epochs;
        return new Hyperparameters
        {
            Epochs = epochs,
            BatchSize = options.Get(RecipeOptions.BatchSize),
            LearningRate = options.Get(RecipeOptions.LearningRate),
            Momentum = options.Get(RecipeOptions.Momentum),
            WeightDecay = options.Get(RecipeOptions.WeightDecay),
            Schedule = options.Get(RecipeOptions.Schedule),
            DecayEpochs = options.Get(RecipeOptions.DecayEpochs) ?? published.DropsOf(epochs),
            ResetsMomentum = published.ResetsMomentum,
            DecayRate = options.Get(RecipeOptions.DecayRate),
            WarmupEpochs = options.Get(RecipeOptions.WarmupEpochs),
            LabelSmoothing = options.Get(RecipeOptions.LabelSmoothing),
            Mixup = options.Get(RecipeOptions.Mixup) ?? 0,
            Cutout = options.Get(RecipeOptions.Cutout) ?? 0,
            ClipGrad = options.Get(RecipeOptions.ClipGrad) ?? 0,
            ModelEmaDecay = options.Get(RecipeOptions.ModelEmaDecay) ?? 0,
        };
    }

    private static Recipe Published(ParsedOptions options) => Training.Recipe.Find(
        options.Get(RecipeOptions.Recipe), options.Get(DataOptions.Dataset), Family(options).IsForImageNet);

    private static Architecture Family(ParsedOptions options) => Architecture.Find(options.Get(NetworkOptions.Model));

    /// <summary>Refuses options of a run that contradict each other.</summary>
    /// <exception cref="UserException">They do.</exception>
    public static void RefuseContradictions(ParsedOptions options)
    {
        if (options.Get(RunOptions.Patience) is { } patience && options.Get(RunOptions.EvalEvery) == 0)
            throw new UserException(ExitCode.Usage, $"--patience {patience} waits for tests, and --eval-every 0 makes none; leave one of them out.");
        if (options.Get(RunOptions.FastDevRun) && options.Get(RunOptions.Resume) is not null)
            throw new UserException(ExitCode.Usage, "--fast-dev-run tries a new run out and keeps nothing of it, so it cannot go on with another; leave --resume out.");
    }

    /// <summary>The images of a run that was asked to use only some of them.</summary>
    /// <exception cref="DatasetException">There aren't enough.</exception>
    public static DatasetSplit Narrowed(ParsedOptions options, DatasetSplit data)
    {
        int batchSize = options.Get(RecipeOptions.BatchSize);
        if (options.Get(RunOptions.OverfitBatches) is { } batches) data = data.Overfit(batches, batchSize);
        return options.Get(RunOptions.FastDevRun) ? data.WithOneBatchToEvaluate(batchSize) : data;
    }

    /// <summary>The whole plan of a training run.</summary>
    public static TrainingPlan Plan(ParsedOptions options, WideResNetOptions network) => new(network, Recipe(options), options.Get(DeviceOptions.Seed))
    {
        EvalEvery = options.Get(RunOptions.FastDevRun) ? 1 : options.Get(RunOptions.EvalEvery) ?? 1,
        EvaluateAtMaxSteps = options.Get(RunOptions.FastDevRun) || options.Get(RunOptions.EvalEvery) > 0,
        MaxSteps = options.Get(RunOptions.FastDevRun) ? 1 : options.Get(RunOptions.MaxSteps),
        MaxTime = options.Get(RunOptions.MaxTime),
        Patience = options.Get(RunOptions.Patience),
        SaveEvery = options.Get(RunOptions.SaveEvery),
        Metadata = new Dictionary<string, string> { [ResumedOptions.MetadataKey] = string.Join(' ', options.StoredArguments()) },
    };

    /// <summary>config.json: every option, with what its default came to.</summary>
    public static JsonObject Config(ParsedOptions options, TrainingPlan plan)
    {
        var config = options.ToJson();
        config[RunOptions.EvalEvery.JsonName] = plan.EvalEvery;
        if (plan.Recipe.Schedule == "multistep") config[RecipeOptions.DecayEpochs.JsonName] = ValueText.Json(plan.Recipe.Milestones.ToArray());
        return config;
    }
}
