using System.Diagnostics;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels.Simulator.Driver;

/// <summary>
/// Something the device does: a launch, a copy, a fill. Immutable, so that the same object can stand in a stream's queue or in a graph that
/// is replayed.
/// </summary>
internal abstract class Work
{
    /// <summary>Does it. Arguments were checked when it was enqueued.</summary>
    public abstract CudaResult Execute(DriverContext context);

    /// <summary>Whether a graph may take <paramref name="other"/> in the place of this without another topology.</summary>
    public virtual CudaGraphUpdateResult CompareForUpdate(Work other) =>
        other.GetType() == GetType() ? CudaGraphUpdateResult.Success : CudaGraphUpdateResult.ErrorNodeTypeChanged;
}

/// <summary>Carries order and nothing else: a stream that waits for an event.</summary>
internal sealed class EmptyWork : Work
{
    public static readonly EmptyWork Instance = new();

    public override CudaResult Execute(DriverContext context) => CudaResult.Success;
}

/// <summary>Notes the time at which the stream reached it.</summary>
internal sealed class RecordWork : Work
{
    public long Timestamp { get; private set; }

    public override CudaResult Execute(DriverContext context)
    {
        Timestamp = Stopwatch.GetTimestamp();
        return CudaResult.Success;
    }
}
