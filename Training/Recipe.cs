using WrnEngine.Optim;
using WrnEngine.Training.Data;

namespace WrnEngine.Training;

/// <summary>A way of training that has a name: the values that options have when they are not given.</summary>
/// <param name="Name">What <c>--recipe</c> takes.</param>
/// <param name="Epochs">Length of the run.</param>
/// <param name="Drops">1-based epochs of that run at whose start the learning rate drops.</param>
/// <param name="DecayRate">The factor of each drop.</param>
/// <param name="LearningRate">The first rate.</param>
/// <param name="BatchSize">Images in a step.</param>
/// <param name="WeightDecay">L2 coefficient.</param>
/// <param name="DropRate">Dropout probability.</param>
/// <param name="ResetsMomentum">The momentum is thrown away at each drop.</param>
internal sealed record Recipe(
    string Name, int Epochs, IReadOnlyList<int> Drops, float DecayRate, float LearningRate, int BatchSize, float WeightDecay, float DropRate, bool ResetsMomentum)
{
    /// <summary>The name that lets the data set and the network decide.</summary>
    public const string Auto = "auto";

    /// <summary>The paper's section 3 and the authors' code.</summary>
    public static Recipe Cifar { get; } = new("cifar", 200, [60, 120, 160], 0.2f, 0.1f, 128, 5e-4f, 0, ResetsMomentum: true);

    /// <summary>The paper's section 3.4 and the authors' script: train and extra, with dropout.</summary>
    public static Recipe Svhn { get; } = new("svhn", 160, [80, 120], 0.1f, 0.01f, 128, 5e-4f, 0.4f, ResetsMomentum: true);

    /// <summary>The public Torch7 code for ImageNet that the paper used; it keeps its momentum when the rate drops.</summary>
    public static Recipe ImageNet { get; } = new("imagenet", 90, [31, 61], 0.1f, 0.1f, 256, 1e-4f, 0, ResetsMomentum: false);

    /// <summary>
    /// For CIFAR-10 in an hour on two CPU cores: a network small enough to see every image often, and a rate that rises and then falls all the way to zero instead of in steps.
    /// The README has what it reaches with three seeds.
    /// </summary>
    public static Recipe SixtyMinutes { get; } = new("sixty-minutes", 45, [14, 27, 36], 0.2f, 0.2f, 128, 5e-4f, 0, ResetsMomentum: false) { Schedule = "one-cycle", Network = (16, 2) };

    /// <summary>Every recipe.</summary>
    public static IReadOnlyList<Recipe> All { get; } = [Cifar, Svhn, ImageNet, SixtyMinutes];

    /// <summary>One of <see cref="Hyperparameters.ScheduleNames"/>.</summary>
    public string Schedule { get; init; } = "multistep";

    /// <summary>Depth and k of the WRN it was made for; null where it says nothing of the network.</summary>
    public (int Depth, double WidenFactor)? Network { get; init; }

    /// <summary>The recipe of that name; <see cref="Auto"/> is what was published for the data set, or for the network.</summary>
    public static Recipe Find(string name, string dataset, bool isForImageNet) =>
        All.FirstOrDefault(r => r.Name == name) ?? (dataset == SvhnLoader.Key ? Svhn : isForImageNet ? ImageNet : Cifar);

    /// <summary>The drops in a run of another length, see <see cref="MultiStepSchedule.Scale"/>.</summary>
    public IReadOnlyList<int> DropsOf(int epochs) => epochs == Epochs ? Drops : MultiStepSchedule.Scale(Drops, Epochs, epochs);
}
