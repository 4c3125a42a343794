namespace WrnEngine.Devices;

// How a training step becomes one graph.
//
//   What changes between steps is in device memory: StepInputs holds learning rate, step, epoch, sample indices and labels in one buffer, written by one
//   asynchronous copy before each step. Kernels get the place of such a number (DeviceScalar) and read it when they run, in eager steps as in replays.
//   What a step comes to stays in device memory: loss and hits go into a ring of results (IOptimizerOps.KeepResult) that the host reads by one copy where
//   somebody looks. The first loss that is no number is noted there, and the optimizer changes nothing from then on: the weights that made it are still there
//   when the host, some steps later, finds out.
//   What a step needs in between is in the arena. It goes back there, so that what runs between two replays may use it; the arena remembers the places, and
//   a replay is refused as long as somebody keeps a tensor in one of them. The order of the stream does the rest.
//
// Two steps run op by op: they take the memory and load the kernels. The third is recorded and from then on replayed. Where a replay would be wrong the step
// runs op by op again, and is recorded anew later on: never is a graph patched.

/// <summary>A step that is run op by op until its device has recorded it, and then replayed unchanged.</summary>
/// <param name="device">Where; one that does not record runs every step op by op.</param>
public sealed class ReplayedStep(Device device) : IDisposable
{
    /// <summary>Steps that run op by op before one is recorded.</summary>
    public const int EagerSteps = 2;

    private RecordedWork? _work;
    private int _eagerSteps;

    /// <summary>True when the last run was a replay.</summary>
    public bool WasReplayed { get; private set; }

    /// <summary>Times that the step was recorded.</summary>
    public int Recordings { get; private set; }

    /// <summary>Runs the step once.</summary>
    /// <param name="step">
    /// The same ops on the same tensors each time, but for temporary ones that end inside. It copies nothing from or to the host, and host code in it runs only
    /// where the step isn't replayed.
    /// </param>
    /// <param name="isSteady">
    /// False when this run differs from the last one by more than what the device reads from its memory (<see cref="Optim.Sgd.IsSteady"/>, another batch
    /// size): it runs op by op, and what was recorded is forgotten.
    /// </param>
    public void Run(Action step, bool isSteady = true)
    {
        ArgumentNullException.ThrowIfNull(step);
        if (_work is not null && !(isSteady && _work.CanReplay)) Forget();
        if (_work is null && isSteady && _eagerSteps >= EagerSteps) Record(step);
        WasReplayed = _work is not null;
        if (_work is not null)
        {
            _work.Replay();
            return;
        }

        step();
        _eagerSteps++;
    }

    private void Record(Action step)
    {
        _work?.Dispose();
        _work = device.Record(step);
        if (_work is not null) Recordings++;
    }

    private void Forget()
    {
        _work?.Dispose();
        _work = null;
        _eagerSteps = 0;
    }

    /// <summary>Forgets what was recorded.</summary>
    public void Dispose() => Forget();
}
