namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>
/// Two sums per channel that strips contribute to in any order: each strip has its own cell, and the cells are added in the order of
/// the strips at the end, so the result does not depend on the threads.
/// </summary>
internal sealed unsafe class ChannelSums : IDisposable
{
    private const int ChannelsPerPart = 16;

    private readonly CpuDevice _device;
    private readonly DeviceBuffer _buffer;
    private readonly int _strips;
    private readonly int _channels;

    /// <summary>Cells for <paramref name="strips"/> strips of <paramref name="channels"/> channels.</summary>
    public ChannelSums(CpuDevice device, int strips, int channels)
    {
        _device = device;
        _strips = strips;
        _channels = channels;
        _buffer = device.Memory.Allocate(2L * strips * channels * sizeof(float));
    }

    /// <summary>[channels] A strip's cells of the first sum.</summary>
    public float* First(int strip) => (float*)_buffer.Address + 2L * strip * _channels;

    /// <summary>[channels] A strip's cells of the second sum.</summary>
    public float* Second(int strip) => First(strip) + _channels;

    /// <summary>Adds the cells up.</summary>
    public void Reduce(float* first, float* second) => _device.Team.For((_channels + ChannelsPerPart - 1) / ChannelsPerPart, part =>
    {
        for (int c = part * ChannelsPerPart; c < Math.Min(_channels, (part + 1) * ChannelsPerPart); c++)
        {
            double sum1 = 0, sum2 = 0;
            for (int strip = 0; strip < _strips; strip++)
            {
                sum1 += First(strip)[c];
                sum2 += Second(strip)[c];
            }
            first[c] = (float)sum1;
            second[c] = (float)sum2;
        }
    });

    /// <summary>Returns the memory.</summary>
    public void Dispose() => _buffer.Release();
}
