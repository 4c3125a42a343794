using WrnEngine.Devices;
using WrnEngine.Tensors;

namespace WrnEngine.Training;

/// <summary>
/// Losses and counts of steps that a device has not been asked for yet: each stays in its tensor, so that nobody waits for the device, until they are
/// read, all together and in the order of the steps.
/// </summary>
internal sealed class StepResults : IDisposable
{
    private readonly Queue<(long Step, Tensor Loss, Tensor Correct, int Samples)> _waiting = new();

    /// <summary>Samples of the steps that wait.</summary>
    public long Samples { get; private set; }

    /// <summary>Takes the mean loss [] and the number of hits [1] of a step, numbered by the caller, out of the open scope.</summary>
    public void Add(long step, Tensor loss, Tensor correct, int samples)
    {
        _waiting.Enqueue((step, StepScope.Current!.Keep(loss), StepScope.Current.Keep(correct), samples));
        Samples += samples;
    }

    /// <summary>The oldest step's number, loss, hits and samples, or null when none waits. Waits for the device.</summary>
    public (long Step, float Loss, int Correct, int Samples)? Next()
    {
        if (!_waiting.TryDequeue(out var step)) return null;
        Samples -= step.Samples;
        (long, float, int, int) result = (step.Step, step.Loss.Item(), step.Correct.ToArray<int>()[0], step.Samples);
        step.Loss.Release();
        step.Correct.Release();
        return result;
    }

    /// <summary>Forgets what waits.</summary>
    public void Dispose()
    {
        foreach (var (_, loss, correct, _) in _waiting)
        {
            loss.Release();
            correct.Release();
        }

        _waiting.Clear();
        Samples = 0;
    }
}
