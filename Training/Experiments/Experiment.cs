using System.Text.Json.Nodes;

namespace WrnEngine.Training.Experiments;

/// <summary>A comparison of networks, as its file describes it: what is trained, on what, how, and what the paper says of it.</summary>
/// <param name="Name">What <c>wrn experiment</c> takes: <c>table4</c>.</param>
/// <param name="Title">A heading.</param>
/// <param name="Source">Where the paper has it: <c>table 4, section 3</c>.</param>
/// <param name="About">A sentence or two for readers: what is compared, and why.</param>
/// <param name="Datasets">Names as <c>--dataset</c> takes them; rows may have their own.</param>
/// <param name="Options">Options of <c>wrn train</c> that hold for every row, with the keys of a config.json.</param>
/// <param name="Rows">The networks.</param>
/// <param name="Claims">What the paper concludes; empty for a plain table.</param>
/// <param name="Inconsistencies">Where the paper disagrees with itself or with its code, so that nobody takes it for a target.</param>
internal sealed record Experiment(
    string Name, string Title, string Source, string About, IReadOnlyList<string> Datasets, JsonObject Options, IReadOnlyList<ExperimentRow> Rows,
    IReadOnlyList<Claim> Claims, IReadOnlyList<string> Inconsistencies)
{
    /// <summary>Options that take the place of <see cref="Options"/> where a budget asks for less than the paper's recipe anyway: cheaper images, say.</summary>
    public JsonObject BudgetOptions { get; init; } = [];

    /// <summary>What is measured of each row, besides parameters and multiply-adds.</summary>
    public ExperimentMeasures Measures { get; init; } = ExperimentMeasures.Error;

    /// <summary>Rows get the same number of epochs, or the same time.</summary>
    public EqualShare Equal { get; init; }

    /// <summary>Smaller versions of all rows, the largest first, for budgets that the paper's sizes do not fit into.</summary>
    public IReadOnlyList<TwinScale> Twins { get; init; } = [];

    /// <summary>Epochs that a run should have at least before networks or the training set are made smaller.</summary>
    public int LeastEpochs { get; init; } = 8;

    /// <summary>Images of a step whose time is measured.</summary>
    public int StepTimeBatchSize { get; init; } = 32;

    /// <summary>Part of the minutes of <c>wrn claims</c>, relative to the other experiments; 0: not part of it.</summary>
    public double Share { get; init; }

    /// <summary>Something is trained; otherwise networks are only counted and timed, and no data set is needed.</summary>
    public bool Trains => (Measures & (ExperimentMeasures.Error | ExperimentMeasures.Curve | ExperimentMeasures.Blocks)) != 0;

    /// <summary>The experiment as it is done within a budget.</summary>
    public Experiment WithinBudget()
    {
        var options = Options.DeepClone().AsObject();
        foreach (var (key, value) in BudgetOptions) options[key] = value?.DeepClone();
        return this with { Options = options };
    }

    /// <summary>SHA-256 of the description, so that a folder is not continued with another one.</summary>
    public string Sha256 { get; init; } = "";
}

/// <summary>What an experiment measures.</summary>
[Flags]
internal enum ExperimentMeasures
{
    /// <summary>Nothing but counts.</summary>
    None = 0,

    /// <summary>The test error after training.</summary>
    Error = 1,

    /// <summary>The time of a training step, forward and backward, without training.</summary>
    StepTime = 2,

    /// <summary>For each block |F(x)| / |shortcut| over test images, and the error without the block.</summary>
    Blocks = 4,

    /// <summary>The test error along the way, for curves.</summary>
    Curve = 8,
}

/// <summary>What all rows of an experiment have the same amount of.</summary>
internal enum EqualShare
{
    /// <summary>Epochs.</summary>
    Epochs,

    /// <summary>Seconds of training: a faster network sees more images.</summary>
    Time,
}

/// <summary>Smaller versions of all rows at the same ratios.</summary>
/// <param name="Width">Factor of every k.</param>
/// <param name="Blocks">Factor of every number of blocks per group; it must leave whole numbers.</param>
/// <param name="Side">Factor of the images' sides.</param>
internal sealed record TwinScale(double Width, double Blocks, double Side = 1)
{
    /// <summary>The paper's own sizes.</summary>
    public static TwinScale Full { get; } = new(1, 1);

    /// <summary>Images of a step, for all rows; null for those of the recipe. A short run on few images learns more from many small steps.</summary>
    public int? BatchSize { get; init; }

    /// <summary>The side of images that have another one in the data set.</summary>
    public int SideOf(int side) => Math.Max(1, (int)Math.Round(side * Side));
}
