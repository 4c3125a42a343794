using System.Buffers.Binary;
using System.Numerics;
using WrnEngine.Models.Protobuf;

namespace WrnEngine.Training.Reporting.TensorBoard;

/// <summary>
/// An event file, as TensorBoard reads it: records of a length, a checksum, an <c>Event</c> message and a checksum. Field numbers are those of
/// <c>event.proto</c> and <c>summary.proto</c>; values are of the kinds that every version shows without a plugin's metadata.
/// </summary>
internal sealed class TensorBoardFile : IDisposable
{
    private const string FileVersion = "brain.Event:2";
    private const int SessionStart = 1; // SessionLog.SessionStatus.START

    private readonly LogFile _file;
    private readonly TimeProvider _clock;

    /// <summary>Begins a file in a folder, under a name that no other process takes.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="clock">What the time of an event is read from.</param>
    /// <exception cref="IOException">It can't be written.</exception>
    public TensorBoardFile(string folder, TimeProvider clock)
    {
        _clock = clock;
        string start = Path.Combine(
            folder, $"events.out.tfevents.{clock.GetUtcNow().ToUnixTimeSeconds():D10}.{Environment.MachineName}.{Environment.ProcessId}.");
        int number = 0;
        while (File.Exists(start + number)) number++; // another run of this process, within the same second
        _file = LogFile.Open(start + number, FileMode.CreateNew);
        Write(Event(0).Field(3, FileVersion));
    }

    /// <summary>The file.</summary>
    public string FullPath => _file.FullPath;

    /// <summary>
    /// Says that the run goes on with a step: what an earlier process has written of it and of later ones was lost with it, and TensorBoard forgets it.
    /// </summary>
    public void Restart(long step) => Write(Event(step).Field(7, new ProtobufWriter().Field(1, SessionStart)));

    /// <summary>Numbers that belong to one step.</summary>
    public void Scalars(long step, params ReadOnlySpan<(string Tag, double Value)> values)
    {
        var summary = new ProtobufWriter();
        foreach (var (tag, value) in values) summary.Field(1, new ProtobufWriter().Field(1, tag).Field(2, (float)value));
        Write(Event(step).Field(5, summary));
    }

    /// <summary>A picture.</summary>
    /// <param name="tag">Where it is shown.</param>
    /// <param name="png">The bytes of an RGB PNG file.</param>
    /// <param name="width">Its columns.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="step">Which step it belongs to.</param>
    public void Image(string tag, ReadOnlySpan<byte> png, int width, int height, long step)
    {
        const int Rgb = 3;
        var image = new ProtobufWriter().Field(1, height).Field(2, width).Field(3, Rgb).Field(4, png);
        Write(step, new ProtobufWriter().Field(1, tag).Field(4, image));
    }

    /// <summary>How values are distributed. Those that are not finite are left out; nothing is written where none is left.</summary>
    public void Histogram(string tag, ReadOnlySpan<float> values, long step)
    {
        if (HistogramBuckets.Of(values) is not { } h) return;
        var message = new ProtobufWriter()
            .Field(1, h.Min).Field(2, h.Max).Field(3, (double)h.Count).Field(4, h.Sum).Field(5, h.SumOfSquares)
            .Packed(6, h.Limits).Packed(7, h.Counts);
        Write(step, new ProtobufWriter().Field(1, tag).Field(5, message));
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>CRC-32C, turned by 15 bits and moved, so that a checksum of data that holds checksums is a good one still.</summary>
    internal static uint MaskedChecksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes) crc = BitOperations.Crc32C(crc, b);
        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }

    private ProtobufWriter Event(long step)
    {
        double wallTime = (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        return new ProtobufWriter().Field(1, wallTime).Field(2, step);
    }

    private void Write(long step, ProtobufWriter value) => Write(Event(step).Field(5, new ProtobufWriter().Field(1, value)));

    private void Write(ProtobufWriter message)
    {
        const int Header = sizeof(ulong) + sizeof(uint);
        byte[] data = message.ToArray(), record = new byte[Header + data.Length + sizeof(uint)];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(sizeof(ulong)), MaskedChecksum(record.AsSpan(0, sizeof(ulong))));
        data.CopyTo(record, Header);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(Header + data.Length), MaskedChecksum(data));
        _file.Append(record);
    }
}
