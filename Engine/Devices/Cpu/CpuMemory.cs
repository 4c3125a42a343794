using System.Runtime.InteropServices;

namespace WrnEngine.Devices.Cpu;

/// <summary>How an arena places buffers.</summary>
public enum ArenaMode
{
    /// <summary>Buffers are cut from large slabs that are kept: the fast way.</summary>
    Pooled,

    /// <summary>Every buffer is an allocation of its own (<c>WRN_ARENA=off</c>), so that memory checkers see each one.</summary>
    Separate,

    /// <summary>As Separate, between canaries that are checked when the buffer returns, and filled with NaN when it is handed out.</summary>
    Guarded,
}

/// <summary>The arena of the CPU device.</summary>
public sealed unsafe class CpuMemory : DeviceMemory
{
    private long _reserved;
    private long _systemAllocations;

    /// <summary>An empty arena.</summary>
    public CpuMemory(ArenaMode mode) => Mode = mode;

    /// <summary>How buffers are placed.</summary>
    public ArenaMode Mode { get; }

    /// <inheritdoc/>
    public override long ReservedBytes => _reserved;

    /// <inheritdoc/>
    public override long SystemAllocations => _systemAllocations;

    /// <summary>Reads <c>WRN_ARENA</c>: unset or <c>on</c>, <c>off</c>, <c>guarded</c>.</summary>
    public static ArenaMode ModeFromEnvironment() => Environment.GetEnvironmentVariable("WRN_ARENA") switch
    {
        null or "" or "on" => ArenaMode.Pooled,
        "off" => ArenaMode.Separate,
        "guarded" => ArenaMode.Guarded,
        var other => throw new InvalidOperationException($"WRN_ARENA is '{other}'; it may be on, off or guarded"),
    };

    /// <inheritdoc/>
    protected override (nint Address, object? Block) AllocateCore(long sizeInBytes)
    {
        _systemAllocations++;
        _reserved += sizeInBytes;
        return ((nint)NativeMemory.AlignedAlloc((nuint)Math.Max(sizeInBytes, 1), Alignment), null);
    }

    /// <inheritdoc/>
    protected override void FreeCore(DeviceBuffer buffer)
    {
        _reserved -= buffer.SizeInBytes;
        NativeMemory.AlignedFree((void*)buffer.Address);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) { }
}
