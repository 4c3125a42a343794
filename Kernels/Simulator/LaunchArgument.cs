using System.Runtime.InteropServices;

namespace WrnEngine.Kernels.Simulator;

/// <summary>The bytes of one kernel parameter. Numbers convert by themselves, and so do buffers, to their address.</summary>
public readonly struct LaunchArgument
{
    private readonly byte[] _bytes;

    private LaunchArgument(byte[] bytes) => _bytes = bytes;

    internal ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>A parameter of any unmanaged type: a struct that is passed by value, say.</summary>
    public static LaunchArgument Of<T>(in T value)
        where T : unmanaged => new(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray());

    /// <summary>The address of a buffer.</summary>
    public static LaunchArgument Of<T>(SimulatorBuffer<T> buffer)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(buffer);
        return Of(buffer.Address);
    }

#pragma warning disable CA2225 // Of is the alternate of every conversion.
    public static implicit operator LaunchArgument(int value) => Of(value);

    public static implicit operator LaunchArgument(uint value) => Of(value);

    public static implicit operator LaunchArgument(long value) => Of(value);

    public static implicit operator LaunchArgument(ulong value) => Of(value);

    public static implicit operator LaunchArgument(float value) => Of(value);

    public static implicit operator LaunchArgument(double value) => Of(value);

    public static implicit operator LaunchArgument(Half value) => Of(value);
#pragma warning restore CA2225
}
