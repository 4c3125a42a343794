namespace WrnEngine.Devices;

/// <summary>
/// Work that a device has recorded instead of running it (<see cref="Device.Record"/>) and runs again and again: the same ops on the same addresses. On a CUDA
/// device it is a graph, one call of the driver however many kernels there are.
/// </summary>
public abstract class RecordedWork : IDisposable
{
    /// <summary>
    /// False when a replay would not be what was recorded: somebody keeps a tensor where the recorded work has its temporary ones, or what the device keeps
    /// beside tensors has changed. It may become true again, when the tensor is released.
    /// </summary>
    public abstract bool CanReplay { get; }

    /// <summary>Enqueues it behind everything that was enqueued before.</summary>
    public abstract void Replay();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Forgets the work. What is enqueued of it still runs.</summary>
    protected abstract void Dispose(bool disposing);
}

/// <summary>
/// While work is recorded: something is needed that cannot be recorded but will be there when the same work has run once, such as room in the arena.
/// </summary>
#pragma warning disable CA1064, CA1032 // between the recorder and what it calls
internal sealed class RecordingRefusedException(string message) : Exception(message);
#pragma warning restore CA1064, CA1032
