using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Driver;

/// <summary>
/// Page-locked host memory. What the driver allocates lies inside the device's window, so that a kernel reaches it at its device address;
/// registered memory stays where it is and cannot be mapped.
/// </summary>
internal sealed unsafe class PinnedMemory(DeviceMemory memory)
{
    private readonly record struct Block(nint Address, long Size, ulong DeviceAddress)
    {
        public nint End => Address + (nint)Size;

        public bool IsRegistered => DeviceAddress == 0;
    }

    private readonly List<Block> _blocks = [];

    /// <summary>Bytes of the device's window that are host memory in truth.</summary>
    public long BytesInWindow { get; private set; }

    /// <summary>Pieces that are allocated or registered.</summary>
    public int Count => _blocks.Count;

    public CudaResult Allocate(void** address, nuint bytes)
    {
        if (bytes == 0)
        {
            return CudaResult.InvalidValue;
        }

        if (bytes > long.MaxValue || !memory.TryAllocate((long)bytes, out ulong device, "pinned host memory"))
        {
            return CudaResult.OutOfMemory;
        }

        // The host writes here without telling anybody: initcheck cannot watch it.
        memory.MarkInitialized(device, (long)bytes);
        byte* host = memory.HostPointer(device, (long)bytes);
        _blocks.Add(new((nint)host, (long)bytes, device));
        BytesInWindow += (long)bytes;
        *address = host;
        return CudaResult.Success;
    }

    public CudaResult Free(nint address)
    {
        int index = _blocks.FindIndex(block => block.Address == address && !block.IsRegistered);
        if (index < 0)
        {
            return CudaResult.InvalidValue;
        }

        memory.Release(_blocks[index].DeviceAddress);
        BytesInWindow -= _blocks[index].Size;
        _blocks.RemoveAt(index);
        return CudaResult.Success;
    }

    public CudaResult Register(nint address, nuint bytes)
    {
        if (address == 0 || bytes == 0 || bytes > long.MaxValue)
        {
            return CudaResult.InvalidValue;
        }

        nint end = address + (nint)bytes;
        if (_blocks.Exists(block => address < block.End && block.Address < end))
        {
            return CudaResult.HostMemoryAlreadyRegistered;
        }

        _blocks.Add(new(address, (long)bytes, 0));
        return CudaResult.Success;
    }

    public CudaResult Unregister(nint address)
    {
        bool removed = _blocks.RemoveAll(block => block.Address == address && block.IsRegistered) > 0;
        return removed ? CudaResult.Success : address == 0 ? CudaResult.InvalidValue : CudaResult.HostMemoryNotRegistered;
    }

    public CudaResult GetDevicePointer(nint address, out ulong device)
    {
        device = 0;
        if (Find(address, 1) is not Block block)
        {
            return CudaResult.InvalidValue;
        }

        if (block.IsRegistered)
        {
            return CudaResult.NotSupported;
        }

        device = block.DeviceAddress + (ulong)(address - block.Address);
        return CudaResult.Success;
    }

    /// <summary>Whether a copy may touch these host bytes later, while the program goes on.</summary>
    public bool Contains(nint address, long bytes) => Find(address, bytes) != null;

    /// <summary>Whether a device address is host memory in truth, so that cuMemFree must refuse it.</summary>
    public bool OwnsDeviceAddress(ulong address) => _blocks.Exists(block => !block.IsRegistered && block.DeviceAddress == address);

    private Block? Find(nint address, long bytes)
    {
        foreach (Block block in _blocks)
        {
            if (address >= block.Address && address + (nint)bytes <= block.End)
            {
                return block;
            }
        }

        return null;
    }
}
