namespace WrnEngine.Devices;

/// <summary>
/// A piece of device memory with a reference count. Tensors, views and the tape share buffers; the last release gives the memory back
/// to its <see cref="DeviceMemory"/> at once, so nothing waits for the garbage collector. Used by one thread at a time.
/// <para>A buffer may begin without memory, with a <see cref="DeferredContent"/> that can write what belongs in it: whoever asks for the address gets
/// it filled, and who knows how to do without never pays for it.</para>
/// </summary>
public sealed class DeviceBuffer
{
    private int _references = 1;
    private readonly DeviceBuffer? _whole;
    private nint _address;

    internal DeviceBuffer(DeviceMemory memory, nint address, long sizeInBytes, object? block)
    {
        Memory = memory;
        _address = address;
        SizeInBytes = sizeInBytes;
        Block = block;
    }

    /// <summary>A buffer that takes its memory when somebody asks for the address.</summary>
    internal DeviceBuffer(DeviceMemory memory, long sizeInBytes, DeferredContent content)
    {
        Memory = memory;
        SizeInBytes = sizeInBytes;
        Deferred = content;
    }

    /// <summary>A stretch of another buffer, which it keeps alive.</summary>
    internal DeviceBuffer(DeviceBuffer whole, long offset, long sizeInBytes)
    {
        whole.AddReference();
        (Memory, _whole, _address, SizeInBytes) = (whole.Memory, whole, (nint)(whole.Address + offset), sizeInBytes);
    }

    /// <summary>The memory this buffer came from.</summary>
    public DeviceMemory Memory { get; }

    /// <summary>The address on the device: a host pointer on the CPU, a <c>CUdeviceptr</c> on CUDA.</summary>
    public nint Address
    {
        get
        {
            if (Deferred is not null) Fill();
            return _address;
        }
    }

    /// <summary>The size asked for, in bytes.</summary>
    public long SizeInBytes { get; }

    /// <summary>What the memory needs to take the buffer back.</summary>
    internal object? Block { get; private set; }

    /// <summary>What will be written when somebody asks for the address; null once that has happened.</summary>
    internal DeferredContent? Deferred { get; private set; }

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
        if (Deferred is not null)
        {
            Deferred.Release();
            Deferred = null;
            return;
        }
        if (_whole is not null) _whole.Release();
        else Memory.Free(this);
        _address = 0;
    }

    private void Fill()
    {
        var content = Deferred!;
        (_address, Block) = Memory.Take(SizeInBytes);
        Deferred = null; // before writing, which asks for the address
        content.Write(this);
        content.Release();
    }
}

/// <summary>What a buffer without memory stands for.</summary>
internal abstract class DeferredContent
{
    /// <summary>Writes it.</summary>
    public abstract void Write(DeviceBuffer target);

    /// <summary>Lets go of what it was made from; called once.</summary>
    public abstract void Release();
}
