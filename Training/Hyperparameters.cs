using WrnEngine.Optim;

namespace WrnEngine.Training;

/// <summary>
/// The recipe. The defaults are the paper's, as in the authors' code: SGD with Nesterov momentum and no dampening, weight decay on every
/// parameter, lr 0.1 that drops to a fifth at the start of epochs 60, 120 and 160 of 200, with the momentum thrown away at each drop.
/// </summary>
public sealed record Hyperparameters
{
    /// <summary>Length of the paper's runs.</summary>
    public const int PaperEpochs = 200;

    /// <summary>Length of a run on the procedural set, which is there to show something soon.</summary>
    public const int SyntheticEpochs = 10;

    /// <summary>The names of schedules.</summary>
    public static IReadOnlyList<string> ScheduleNames { get; } = ["multistep", "cosine", "one-cycle"];

    /// <summary>Length of the run.</summary>
    public int Epochs { get; init; } = PaperEpochs;

    /// <summary>Images in a step.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>The first rate, or the peak of one-cycle.</summary>
    public float LearningRate { get; init; } = 0.1f;

    /// <summary>Nesterov momentum; 0 is plain gradient descent.</summary>
    public float Momentum { get; init; } = 0.9f;

    /// <summary>L2 coefficient, on every parameter.</summary>
    public float WeightDecay { get; init; } = 5e-4f;

    /// <summary>One of <see cref="ScheduleNames"/>.</summary>
    public string Schedule { get; init; } = "multistep";

    /// <summary>1-based epochs at whose start multistep drops the rate; null for the paper's, scaled to <see cref="Epochs"/>.</summary>
    public IReadOnlyList<int>? DecayEpochs { get; init; }

    /// <summary>The factor of each drop.</summary>
    public float DecayRate { get; init; } = 0.2f;

    /// <summary>The momentum is thrown away at each drop, as in the authors' code.</summary>
    public bool ResetsMomentum { get; init; } = true;

    /// <summary>Epochs of linear warm-up.</summary>
    public int WarmupEpochs { get; init; }

    /// <summary>Share of each target spread over all classes.</summary>
    public float LabelSmoothing { get; init; }

    /// <summary>Decay of the moving average of the weights, which is what is evaluated then; 0: there is none.</summary>
    public float ModelEmaDecay { get; init; }

    /// <summary>Alpha of mixup (<see cref="Training.Mixup"/>); 0 mixes nothing.</summary>
    public float Mixup { get; init; }

    /// <summary>Side of the square that cutout blanks in every training image; 0: none.</summary>
    public int Cutout { get; init; }

    /// <summary>The largest norm of the gradient, over all parameters together; 0: no limit.</summary>
    public float ClipGrad { get; init; }

    /// <summary>The drops of multistep: the given ones, or the paper's.</summary>
    public IReadOnlyList<int> Milestones => DecayEpochs ?? MultiStepSchedule.PaperMilestones(Epochs);

    /// <summary>The learning rate over the run.</summary>
    /// <exception cref="ArgumentException">There is no such schedule.</exception>
    public ISchedule CreateSchedule()
    {
        ISchedule schedule = Schedule switch
        {
            "multistep" => new MultiStepSchedule(LearningRate, Milestones, DecayRate, ResetsMomentum),
            "cosine" => new CosineSchedule(LearningRate, Epochs),
            "one-cycle" => new OneCycleSchedule(LearningRate, Epochs),
            _ => throw new ArgumentException($"there is no schedule '{Schedule}'; use one of {string.Join(", ", ScheduleNames)}"),
        };
        return WarmupEpochs > 0 ? new WarmupSchedule(schedule, WarmupEpochs) : schedule;
    }
}
