using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>
/// Sends bytes from the host to one tensor, step after step, see <see cref="Device.CreateUpload"/>. A device that computes beside its host takes them at the
/// call and copies them when their turn has come, so that the host goes on at once.
/// </summary>
public class Upload : IDisposable
{
    /// <summary>Uploads by <see cref="Device.CopyFromHost"/>.</summary>
    /// <param name="target">Where to; it stays the caller's.</param>
    public Upload(Tensor target)
    {
        ArgumentNullException.ThrowIfNull(target);
        Target = target;
    }

    /// <summary>Where the bytes go.</summary>
    public Tensor Target { get; }

    /// <summary>Overwrites the tensor's elements, in stored order, behind everything that was enqueued before.</summary>
    /// <param name="bytes">At most the tensor's size.</param>
    /// <exception cref="ArgumentException">They are more.</exception>
    /// <exception cref="InvalidOperationException">The device records what is enqueued; inputs are sent before that.</exception>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Target.SizeInBytes) throw new ArgumentException($"{bytes.Length} bytes do not fit a tensor of {Target.SizeInBytes}", nameof(bytes));
        Target.ForgetDerived();
        if (bytes.Length > 0) SendCore(bytes);
    }

    /// <inheritdoc cref="Send"/>
    protected virtual void SendCore(ReadOnlySpan<byte> bytes) => Target.Device.CopyFromHost(bytes, Target);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives staging memory back.</summary>
    protected virtual void Dispose(bool disposing)
    {
        // The host's own memory is all there is here.
    }
}
