namespace WrnEngine.Devices.Cpu;

/// <summary>Working memory of one op, from the device's arena; everything goes back when the op ends.</summary>
internal sealed unsafe class Scratch(DeviceMemory memory) : IDisposable
{
    private readonly List<DeviceBuffer> _buffers = [];

    /// <summary>Undefined floats.</summary>
    public float* Floats(long count) => (float*)Take(count * sizeof(float));

    /// <summary>Undefined doubles.</summary>
    public double* Doubles(long count) => (double*)Take(count * sizeof(double));

    public void Dispose()
    {
        foreach (var buffer in _buffers) buffer.Release();
        _buffers.Clear();
    }

    private nint Take(long sizeInBytes)
    {
        var buffer = memory.Allocate(sizeInBytes);
        _buffers.Add(buffer);
        return buffer.Address;
    }
}
