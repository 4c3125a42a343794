namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>
/// Numbers per channel that strips contribute in any order: each strip has its own cells, and the cells are added in the order of
/// the strips at the end, in double precision, so the result does not depend on the threads.
/// </summary>
internal sealed unsafe class StripSums : IDisposable
{
    private const int ChannelsPerPart = 16;

    private readonly CpuDevice _device;
    private readonly DeviceBuffer _buffer;
    private readonly int[] _pixels;
    private readonly int _channels, _kinds;

    /// <summary>Cells for <paramref name="strips"/> strips of <paramref name="channels"/> channels with <paramref name="kinds"/> numbers each.</summary>
    public StripSums(CpuDevice device, int strips, int channels, int kinds)
    {
        _device = device;
        _pixels = new int[strips];
        _channels = channels;
        _kinds = kinds;
        _buffer = device.Memory.Allocate((long)kinds * strips * channels * sizeof(float));
    }

    /// <summary>[channels] A strip's cells of one kind.</summary>
    public float* Cells(int strip, int kind) => (float*)_buffer.Address + ((long)strip * _kinds + kind) * _channels;

    /// <summary>Notes how many pixels a strip's sums run over.</summary>
    public void SetPixels(int strip, int pixels) => _pixels[strip] = pixels;

    /// <summary>The sum of one kind over all strips.</summary>
    public void Total(int kind, float* target) => ForChannels(c =>
    {
        double sum = 0;
        for (int strip = 0; strip < _pixels.Length; strip++) sum += Cells(strip, kind)[c];
        target[c] = (float)sum;
    });

    /// <summary>
    /// Mean and biased variance from three kinds: a value s, and sums d and q of (x - s) and (x - s)^2. With s near the strip's mean
    /// no digits are lost, however far from zero that is. With the mean m of all, sum (x - m)^2 = q + 2 (s - m) d + n (s - m)^2.
    /// </summary>
    public void Moments(float* mean, float* variance) => ForChannels(c =>
    {
        double sum = 0, count = 0;
        for (int strip = 0; strip < _pixels.Length; strip++)
        {
            sum += _pixels[strip] * (double)Cells(strip, 0)[c] + Cells(strip, 1)[c];
            count += _pixels[strip];
        }
        double m = sum / count, squares = 0;
        for (int strip = 0; strip < _pixels.Length; strip++)
        {
            double away = Cells(strip, 0)[c] - m;
            squares += Cells(strip, 2)[c] + away * (2.0 * Cells(strip, 1)[c] + _pixels[strip] * away);
        }
        mean[c] = (float)m;
        variance[c] = (float)Math.Max(0, squares / count);
    });

    /// <summary>Returns the memory.</summary>
    public void Dispose() => _buffer.Release();

    private void ForChannels(Action<int> action) => _device.Team.For((_channels + ChannelsPerPart - 1) / ChannelsPerPart, part =>
    {
        for (int c = part * ChannelsPerPart; c < Math.Min(_channels, (part + 1) * ChannelsPerPart); c++) action(c);
    });
}
