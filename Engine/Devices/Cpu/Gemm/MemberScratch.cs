namespace WrnEngine.Devices.Cpu.Gemm;

/// <summary>Temporary memory for one op: an area of equal size for each member of the thread team, from the device's arena.</summary>
internal sealed unsafe class MemberScratch : IDisposable
{
    private readonly DeviceBuffer _buffer;
    private readonly long _floatsEach;

    /// <summary>Takes <paramref name="floatsEach"/> floats (rounded up to whole cache lines) for each member.</summary>
    public MemberScratch(CpuDevice device, long floatsEach)
    {
        _floatsEach = (floatsEach + 15) / 16 * 16;
        _buffer = device.Memory.Allocate(_floatsEach * device.Team.ThreadCount * sizeof(float));
    }

    /// <summary>The area of a member.</summary>
    public float* Of(int member) => (float*)_buffer.Address + member * _floatsEach;

    /// <summary>Returns the memory.</summary>
    public void Dispose() => _buffer.Release();
}
