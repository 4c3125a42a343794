using System.Globalization;

namespace WrnEngine.Optim;

/// <summary>The learning rate as a function of the position in a run.</summary>
public interface ISchedule
{
    /// <summary>The learning rate of a step.</summary>
    /// <param name="epoch">0-based epoch.</param>
    /// <param name="step">0-based step within the epoch.</param>
    /// <param name="stepsPerEpoch">Steps in every epoch.</param>
    float LearningRate(int epoch, int step, int stepsPerEpoch);

    /// <summary>True when the optimizer's momentum starts anew at the beginning of this epoch.</summary>
    bool ResetsMomentum(int epoch) => false;
}

/// <summary>
/// The rate is multiplied by <paramref name="rate"/> at the start of each milestone epoch, and the momentum is reset there, as the paper's
/// code does it. Milestones are 1-based: with 60, epochs 1 to 59 run at the first rate.
/// </summary>
/// <param name="learningRate">The first rate.</param>
/// <param name="milestones">1-based epochs, increasing.</param>
/// <param name="rate">The factor at each milestone.</param>
/// <param name="resetMomentum">Throw the momentum away at each milestone.</param>
public sealed class MultiStepSchedule(float learningRate, IReadOnlyList<int> milestones, float rate, bool resetMomentum = true) : ISchedule
{
    // 0.1f times 0.2f is 0.020000001: the product is taken of the decimal numbers that were meant, and rounded once.
    private readonly double _learningRate = Meant(learningRate), _rate = Meant(rate);

    /// <inheritdoc/>
    public float LearningRate(int epoch, int step, int stepsPerEpoch)
    {
        double lr = _learningRate;
        foreach (int m in milestones)
            if (epoch + 1 >= m) lr *= _rate;
        return (float)lr;
    }

    /// <inheritdoc/>
    public bool ResetsMomentum(int epoch) => resetMomentum && milestones.Contains(epoch + 1);

    /// <summary>The shortest decimal number that rounds to a float, as a double.</summary>
    private static double Meant(float value) =>
        double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>
    /// The paper's milestones 60, 120, 160 of 200 epochs, scaled to another length:
    /// max(round(0.3 E), 2), max(round(0.6 E), d1 + 1), max(round(0.8 E), d2 + 1).
    /// </summary>
    public static int[] PaperMilestones(int epochs) => Scale([60, 120, 160], 200, epochs);

    /// <summary>
    /// The milestones of a run of <paramref name="epochs"/> epochs at the same parts of it as those of a published run, but not before the
    /// second epoch and at least one epoch apart.
    /// </summary>
    /// <param name="milestones">1-based epochs of the published run, increasing.</param>
    /// <param name="publishedEpochs">Length of that run.</param>
    /// <param name="epochs">Length of this one.</param>
    public static int[] Scale(IReadOnlyList<int> milestones, int publishedEpochs, int epochs)
    {
        ArgumentNullException.ThrowIfNull(milestones);
        var scaled = new int[milestones.Count];
        for (int i = 0; i < scaled.Length; i++)
            scaled[i] = Math.Max((int)Math.Round((double)milestones[i] / publishedEpochs * epochs), i == 0 ? 2 : scaled[i - 1] + 1);
        return scaled;
    }
}

/// <summary>
/// Half a cosine from the first rate down to <paramref name="minimum"/> over all steps of the run. Loshchilov and Hutter, 2017, without restarts.
/// </summary>
/// <param name="learningRate">The rate of the first step.</param>
/// <param name="epochs">Length of the run.</param>
/// <param name="minimum">The rate approached at the end.</param>
public sealed class CosineSchedule(float learningRate, int epochs, float minimum = 0) : ISchedule
{
    /// <inheritdoc/>
    public float LearningRate(int epoch, int step, int stepsPerEpoch)
    {
        double t = (epoch + (double)step / stepsPerEpoch) / epochs;
        return (float)(minimum + (learningRate - minimum) * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(t, 1))));
    }
}

/// <summary>
/// One cycle: the rate rises from peak / 25 to the peak over the first 30 % of the steps and falls to peak / 250,000 by the end, both along
/// half cosines. Smith and Topin, 2017; the constants are those of torch.optim.lr_scheduler.OneCycleLR.
/// </summary>
/// <param name="peak">The largest rate.</param>
/// <param name="epochs">Length of the run.</param>
public sealed class OneCycleSchedule(float peak, int epochs) : ISchedule
{
    private const double RisingShare = 0.3;
    private const double InitialDivisor = 25;
    private const double FinalDivisor = 1e4;

    /// <inheritdoc/>
    public float LearningRate(int epoch, int step, int stepsPerEpoch)
    {
        double total = (double)epochs * stepsPerEpoch, at = (double)epoch * stepsPerEpoch + step;
        double low = peak / InitialDivisor, final = low / FinalDivisor;
        double top = RisingShare * total - 1, last = total - 1;
        if (at <= top) return (float)Anneal(low, peak, top <= 0 ? 1 : at / top);
        return (float)Anneal(peak, final, last <= top ? 1 : Math.Min((at - top) / (last - top), 1));
    }

    private static double Anneal(double from, double to, double t) => to + (from - to) * 0.5 * (1 + Math.Cos(Math.PI * t));
}

/// <summary>
/// Raises the rate linearly to the inner schedule's over the first epochs: step s of W warm-up steps runs at (s + 1) / W of it.
/// Goyal et al., 2017, section 2.2.
/// </summary>
/// <param name="inner">The schedule that is warmed up.</param>
/// <param name="warmupEpochs">Length of the rise, in epochs.</param>
public sealed class WarmupSchedule(ISchedule inner, int warmupEpochs) : ISchedule
{
    /// <inheritdoc/>
    public float LearningRate(int epoch, int step, int stepsPerEpoch)
    {
        double at = (double)epoch * stepsPerEpoch + step, warmup = (double)warmupEpochs * stepsPerEpoch;
        float lr = inner.LearningRate(epoch, step, stepsPerEpoch);
        return at < warmup ? (float)(lr * (at + 1) / warmup) : lr;
    }

    /// <inheritdoc/>
    public bool ResetsMomentum(int epoch) => inner.ResetsMomentum(epoch);
}
