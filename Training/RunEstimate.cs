using WrnEngine.Training.Data;

namespace WrnEngine.Training;

/// <summary>Where a run stands.</summary>
/// <param name="Epoch">Of the next step, from 0.</param>
/// <param name="Step">Steps done in it.</param>
/// <param name="TotalSteps">Steps done in all.</param>
internal readonly record struct RunPosition(int Epoch, int Step, long TotalSteps);

/// <summary>How much of a run is left, in steps and in time.</summary>
internal sealed class RunEstimate(TrainingPlan plan, DatasetSplit data, int stepsPerEpoch)
{
    private const double ForwardShare = 1.0 / 3; // of a training step, as long as no evaluation was measured

    private double _evalSecondsPerImage;

    /// <summary>Takes note of how long an evaluation took.</summary>
    public void Evaluated(int images, TimeSpan time) => _evalSecondsPerImage = time.TotalSeconds / images;

    /// <summary>Steps to the end of the recipe or to the limit.</summary>
    public long StepsLeft(RunPosition at) => Math.Max(0, Math.Min(
        ((long)plan.Recipe.Epochs - at.Epoch) * stepsPerEpoch - at.Step,
        (plan.MaxSteps ?? long.MaxValue) - at.TotalSteps));

    /// <summary>Time to the end of the run at a training speed, evaluations included.</summary>
    public TimeSpan TimeLeft(RunPosition at, double imagesPerSecond)
    {
        long steps = StepsLeft(at), epochs = (steps + at.Step) / Math.Max(1, stepsPerEpoch);
        long evaluations = plan.EvalEvery == 0 ? 0 : (epochs + plan.EvalEvery - 1) / plan.EvalEvery;
        double imagesPerEvaluation = data.Test.Count + (data.Validation?.Count ?? 0);
        double perImage = _evalSecondsPerImage > 0 ? _evalSecondsPerImage : ForwardShare / imagesPerSecond;
        double seconds = (double)steps * plan.Recipe.BatchSize / imagesPerSecond + evaluations * imagesPerEvaluation * perImage;
        return TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.MaxValue.TotalSeconds / 2));
    }
}
