using System.Runtime.InteropServices;

namespace WrnEngine.Devices.Cpu.Arena;

/// <summary>
/// A buffer between two canaries, filled with NaN: a read of what was never written shows in the result, and a write outside the buffer
/// shows when the canaries are checked. The one behind starts at the very next byte.
/// </summary>
internal sealed unsafe class GuardedBlock : IDisposable
{
    private const int GuardBytes = 256;
    private const byte Canary = 0xC5;
    private const uint NaN = 0x7fc00000;

    private readonly long _size;
    private byte* _memory;

    private GuardedBlock(byte* memory, long size)
    {
        _memory = memory;
        _size = size;
    }

    /// <summary>The buffer's address, aligned like all buffers.</summary>
    public nint Address => (nint)(_memory + GuardBytes);

    /// <summary>The memory behind it: the buffer and both canaries.</summary>
    public long ReservedBytes => _size + 2 * GuardBytes;

    /// <summary>Makes a buffer of <paramref name="size"/> bytes.</summary>
    /// <exception cref="OutOfMemoryException">The system has no more.</exception>
    public static GuardedBlock Create(long size)
    {
        var block = new GuardedBlock((byte*)NativeMemory.AlignedAlloc((nuint)(size + 2 * GuardBytes), DeviceMemory.Alignment), size);
        new Span<byte>(block._memory, GuardBytes).Fill(Canary);
        new Span<byte>(block._memory + GuardBytes + size, GuardBytes).Fill(Canary);
        for (long i = 0; i < size; i++) block._memory[GuardBytes + i] = (byte)(NaN >> (int)(i % 4 * 8));
        return block;
    }

    /// <summary>Looks at the canaries.</summary>
    /// <exception cref="InvalidOperationException">Somebody wrote outside the buffer.</exception>
    public void Check()
    {
        int before = new ReadOnlySpan<byte>(_memory, GuardBytes).IndexOfAnyExcept(Canary);
        if (before >= 0)
            throw new InvalidOperationException($"something wrote {GuardBytes - before} bytes before the start of a buffer of {_size} bytes");
        int after = new ReadOnlySpan<byte>(_memory + GuardBytes + _size, GuardBytes).LastIndexOfAnyExcept(Canary);
        if (after >= 0)
            throw new InvalidOperationException($"something wrote up to {after + 1} bytes behind the end of a buffer of {_size} bytes");
    }

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }
}
