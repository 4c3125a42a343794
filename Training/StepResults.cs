using System.Runtime.InteropServices;
using WrnEngine.Devices;
using WrnEngine.Tensors;

namespace WrnEngine.Training;

/// <summary>
/// Losses and counts of steps that a device has not been asked for yet: it keeps them in a ring, so that nobody waits for it, until they are read, all by one
/// copy and in the order of the steps.
/// </summary>
internal sealed class StepResults : IDisposable
{
    /// <summary>Steps that may wait.</summary>
    public const int Capacity = 256;

    private readonly Queue<(long Step, int Samples)> _waiting = new();
    private readonly int[] _read = new int[2 * (1 + Capacity)];
    private int _readSteps; // of those that wait, the oldest ones

    /// <summary>An empty ring.</summary>
    public StepResults(Device device)
    {
        var kept = Tensor.Zeros([1 + Capacity, 2], device, DType.Int32);
        Kept = StepScope.Current?.Keep(kept) ?? kept;
    }

    /// <summary>The ring on the device, see <see cref="IOptimizerOps.KeepResult"/>; its first element is not 0 once a loss was no number.</summary>
    public Tensor Kept { get; }

    /// <summary>Samples of the steps that wait.</summary>
    public long Samples { get; private set; }

    /// <summary>True when the next step would take the place of one that waits.</summary>
    public bool IsFull => _waiting.Count == Capacity;

    /// <summary>On the device: keeps the mean loss [] and the number of hits [] of a step.</summary>
    /// <param name="loss">Scalar.</param>
    /// <param name="correct">Scalar.</param>
    /// <param name="step">Steps before it.</param>
    public void Keep(Tensor loss, Tensor correct, DeviceScalar<uint> step) => Kept.Device.Optimizer.KeepResult(loss, correct, step, Kept);

    /// <summary>On the host: a step was enqueued whose result is kept.</summary>
    /// <param name="step">Its number, counted from 0.</param>
    /// <param name="samples">In its batch.</param>
    public void Add(long step, int samples)
    {
        _waiting.Enqueue((step, samples));
        Samples += samples;
    }

    /// <summary>The oldest step's number, loss, hits and samples, or null when none waits. Waits for the device.</summary>
    public (long Step, float Loss, int Correct, int Samples)? Next()
    {
        if (_waiting.Count == 0) return null;
        if (_readSteps == 0)
        {
            Kept.Device.CopyToHost(Kept, MemoryMarshal.AsBytes(_read.AsSpan()));
            _readSteps = _waiting.Count;
        }

        _readSteps--;
        var (step, samples) = _waiting.Dequeue();
        Samples -= samples;
        int row = 2 * (1 + (int)((uint)step % Capacity));
        return (step, BitConverter.Int32BitsToSingle(_read[row]), _read[row + 1], samples);
    }

    /// <summary>Gives the ring back.</summary>
    public void Dispose() => Kept.Release();
}
