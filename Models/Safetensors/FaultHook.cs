using System.Diagnostics;
using System.Globalization;

namespace WrnEngine.Models.Safetensors;

/// <summary>
/// Lets a test kill the process at a chosen moment of a save, as <c>kill -9</c> would: with the environment variable <c>WRN_FAULT</c> set to
/// <c>POINT[:N[:FILE]]</c>, the process ends itself the N-th time (the first, when left out) that it comes to the point while it writes a file
/// of that name (any file, when left out). Points: before-write, mid-write (half of the old file's size is written), after-write, after-fsync,
/// after-rename. Example: <c>WRN_FAULT=mid-write:3:last.safetensors</c>. Unset, as everywhere but in those tests, it does nothing.
/// </summary>
internal sealed class FaultHook
{
    private const string Variable = "WRN_FAULT";

    private static readonly string[] Points = ["before-write", "mid-write", "after-write", "after-fsync", "after-rename"];

    private readonly string _point;
    private readonly string? _file;
    private int _left;

    private FaultHook(string point, int count, string? file) => (_point, _left, _file) = (point, count, file);

    /// <summary>What the environment asks for; null, as a rule.</summary>
    public static FaultHook? Instance { get; } = Parse(Environment.GetEnvironmentVariable(Variable));

    /// <summary>The hook that a value of the variable describes, or null for none.</summary>
    /// <exception cref="FormatException">It describes none.</exception>
    public static FaultHook? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        string[] parts = text.Split(':', 3);
        int count = 1;
        bool isKnown = Points.Contains(parts[0])
            && (parts.Length == 1 || int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0);
        if (!isKnown) throw new FormatException($"{Variable} is '{text}'; it has to be one of {string.Join(", ", Points)}, then :N, then :FILE");
        return new FaultHook(parts[0], count, parts.Length == 3 ? parts[2] : null);
    }

    /// <summary>Ends the process if this is the moment.</summary>
    /// <param name="point">Where the writer is.</param>
    /// <param name="path">The file that is being replaced.</param>
    public void Reached(string point, string path)
    {
        if (IsDue(point, path)) Kill();
    }

    /// <summary>Writes to the stream, and ends the process half way if this is the moment.</summary>
    public void Write(Stream stream, string path, Action<Stream> write)
    {
        if (!IsDue("mid-write", path))
        {
            write(stream);
            return;
        }

        using var half = new HalfWayStream(stream, File.Exists(path) ? new FileInfo(path).Length / 2 : 1);
        write(half);
    }

    /// <summary>Counts a visit; true when it is the one.</summary>
    private bool IsDue(string point, string path) =>
        point == _point && (_file is null || _file == Path.GetFileName(path)) && --_left == 0;

    /// <summary>SIGKILL, or what comes closest: no handler, no finally block, no flushed buffer.</summary>
    private static void Kill()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.Infinite);
    }

    private sealed class HalfWayStream(Stream inner, long room) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => inner.CanSeek;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => inner.Position = value;
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            int fits = (int)Math.Min(room - inner.Position, buffer.Length);
            inner.Write(buffer[..fits]);
            if (inner.Position < room) return;
            inner.Flush();
            Kill();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void SetLength(long value) => inner.SetLength(value);
    }
}
