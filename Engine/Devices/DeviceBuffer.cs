namespace WrnEngine.Devices;

/// <summary>
/// A piece of device memory with a reference count. Tensors, views and the tape share buffers; the last release gives the memory back
/// to its <see cref="DeviceMemory"/> at once, so nothing waits for the garbage collector. Used by one thread at a time.
/// </summary>
public sealed class DeviceBuffer
{
    private int _references = 1;

    internal DeviceBuffer(DeviceMemory memory, nint address, long sizeInBytes, object? block)
    {
        Memory = memory;
        Address = address;
        SizeInBytes = sizeInBytes;
        Block = block;
    }

    /// <summary>The memory this buffer came from.</summary>
    public DeviceMemory Memory { get; }

    /// <summary>The address on the device: a host pointer on the CPU, a <c>CUdeviceptr</c> on CUDA.</summary>
    public nint Address { get; private set; }

    /// <summary>The size asked for, in bytes.</summary>
    public long SizeInBytes { get; }

    /// <summary>What the memory needs to take the buffer back.</summary>
    internal object? Block { get; }

    /// <summary>True once the last reference is gone.</summary>
    public bool IsReleased => _references == 0;

    /// <summary>True when exactly one owner is left, who may therefore write in place.</summary>
    public bool IsUnshared => _references == 1;

    /// <summary>Adds an owner.</summary>
    public void AddReference()
    {
        ObjectDisposedException.ThrowIf(IsReleased, this);
        _references++;
    }

    /// <summary>Removes an owner; the last one returns the memory.</summary>
    public void Release()
    {
        ObjectDisposedException.ThrowIf(IsReleased, this);
        if (--_references > 0) return;
        Memory.Free(this);
        Address = 0;
    }
}
