using System.Runtime.InteropServices;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator;

/// <summary>An array in the memory of a <see cref="PtxSimulator"/>; passed to a launch, the kernel gets its address.</summary>
public sealed class SimulatorBuffer<T> : IDisposable
    where T : unmanaged
{
    private readonly DeviceMemory _memory;
    private bool _freed;

    internal SimulatorBuffer(DeviceMemory memory, ulong address, int length) => (_memory, Address, Length) = (memory, address, length);

    /// <summary>What the kernel sees; no address of the host.</summary>
    public ulong Address { get; }

    /// <summary>Elements.</summary>
    public int Length { get; }

    /// <summary>A kernel parameter that is the buffer's address.</summary>
#pragma warning disable CA2225 // LaunchArgument.Of is the alternate.
    public static implicit operator LaunchArgument(SimulatorBuffer<T> buffer) => LaunchArgument.Of(buffer);
#pragma warning restore CA2225

    /// <summary>Copies from the host to the first elements.</summary>
    /// <exception cref="ArgumentException">There are more values than elements.</exception>
    public void Write(ReadOnlySpan<T> values)
    {
        ObjectDisposedException.ThrowIf(_freed, this);
        if (values.Length > Length)
        {
            throw new ArgumentException($"{values.Length} values do not fit into a buffer of {Length}.", nameof(values));
        }

        _memory.CopyIn(Address, MemoryMarshal.AsBytes(values));
    }

    /// <summary>Copies all of it to the host.</summary>
    public T[] ToArray()
    {
        ObjectDisposedException.ThrowIf(_freed, this);
        var values = new T[Length];
        _memory.CopyOut(MemoryMarshal.AsBytes(values.AsSpan()), Address);
        return values;
    }

    /// <summary>Frees the memory; memcheck recognises a later use.</summary>
    public void Dispose()
    {
        if (!_freed)
        {
            _freed = true;
            _memory.Release(Address);
        }
    }
}
