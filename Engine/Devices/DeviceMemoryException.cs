using System.Globalization;

namespace WrnEngine.Devices;

/// <summary>A device has no more memory. The message names what was needed and what is in use; what to do about it depends on who asked.</summary>
public sealed class DeviceMemoryException : OutOfMemoryException
{
    /// <summary>An error of a device with these amounts of memory, in bytes.</summary>
    /// <param name="device">The device's name for people.</param>
    /// <param name="needed">The size of the buffer that was asked for.</param>
    /// <param name="free">What the device has left, for every program on it.</param>
    /// <param name="inUse">Buffers handed out and not yet returned.</param>
    /// <param name="peak">The most that was ever handed out at once.</param>
    /// <param name="reserved">What the arena has taken from the device.</param>
    /// <param name="total">All memory of the device.</param>
    public DeviceMemoryException(string device, long needed, long free, long inUse, long peak, long reserved, long total)
        : base($"{device} has no memory for a buffer of {Mebibytes(needed)} MiB: of its {Mebibytes(total)} MiB {Mebibytes(free)} MiB are free, "
            + $"{Mebibytes(reserved)} MiB are this program's, {Mebibytes(inUse)} MiB of them in use ({Mebibytes(peak)} MiB at most so far)") =>
        (Needed, Free, InUse, Peak, Reserved, Total) = (needed, free, inUse, peak, reserved, total);

    /// <summary>The size of the buffer that was asked for, in bytes.</summary>
    public long Needed { get; }

    /// <summary>Bytes that the device has left.</summary>
    public long Free { get; }

    /// <summary>Bytes handed out and not yet returned.</summary>
    public long InUse { get; }

    /// <summary>The most bytes that were ever handed out at once.</summary>
    public long Peak { get; }

    /// <summary>Bytes that the arena has taken from the device.</summary>
    public long Reserved { get; }

    /// <summary>All bytes of the device.</summary>
    public long Total { get; }

    private static string Mebibytes(long bytes) => (bytes / (double)(1 << 20)).ToString("F1", CultureInfo.InvariantCulture);
}
