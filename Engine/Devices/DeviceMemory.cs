using System.Globalization;

namespace WrnEngine.Devices;

/// <summary>
/// Hands out and takes back buffers of one device, and counts them. A device's arena derives from it. After the second training
/// step a step must not make <see cref="SystemAllocations"/> grow.
/// </summary>
public abstract class DeviceMemory : IDisposable
{
    /// <summary>Every buffer starts at a multiple of this many bytes (a cache line, and an AVX-512 vector).</summary>
    public const int Alignment = 64;

    /// <summary>Buffers handed out and not yet returned.</summary>
    public int LiveBuffers { get; private set; }

    /// <summary>Bytes handed out and not yet returned.</summary>
    public long LiveBytes { get; private set; }

    /// <summary>The largest value of <see cref="LiveBytes"/> so far.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Bytes taken from the system and kept.</summary>
    public abstract long ReservedBytes { get; }

    /// <summary>How often memory was taken from the system.</summary>
    public abstract long SystemAllocations { get; }

    /// <summary>A buffer of <paramref name="sizeInBytes"/> bytes with undefined content and one reference.</summary>
    /// <exception cref="OutOfMemoryException">The system has no more; the message names what was asked for and what is in use.</exception>
    public DeviceBuffer Allocate(long sizeInBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeInBytes);
        var (address, block) = Take(sizeInBytes);
        return new DeviceBuffer(this, address, sizeInBytes, block);
    }

    /// <summary>Room for a buffer, counted; it comes back by <see cref="Free"/>.</summary>
    internal (nint Address, object? Block) Take(long sizeInBytes)
    {
        var room = AllocateCore(sizeInBytes);
        LiveBuffers++;
        LiveBytes += sizeInBytes;
        PeakBytes = Math.Max(PeakBytes, LiveBytes);
        return room;
    }

    /// <summary>Starts a new peak measurement at the present use.</summary>
    public void ResetPeak() => PeakBytes = LiveBytes;

    /// <summary>So many bytes are in use at once, by work that took them when it was recorded.</summary>
    internal void RaisePeak(long bytes) => PeakBytes = Math.Max(PeakBytes, bytes);

    internal void Free(DeviceBuffer buffer)
    {
        LiveBuffers--;
        LiveBytes -= buffer.SizeInBytes;
        FreeCore(buffer);
    }

    /// <summary>Finds room for a buffer.</summary>
    protected abstract (nint Address, object? Block) AllocateCore(long sizeInBytes);

    /// <summary>Takes a buffer's room back.</summary>
    protected abstract void FreeCore(DeviceBuffer buffer);

    /// <summary>A size for messages.</summary>
    private protected static string Mebibytes(long bytes) => (bytes / (double)(1 << 20)).ToString("F1", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Returns everything to the system.</summary>
    protected abstract void Dispose(bool disposing);
}
