namespace WrnEngine.Devices;

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

/// <summary>The mode that a process runs with.</summary>
public static class ArenaModes
{
    /// <summary>Reads <c>WRN_ARENA</c>: unset or <c>on</c>, <c>off</c>, <c>guarded</c>.</summary>
    public static ArenaMode FromEnvironment() => Environment.GetEnvironmentVariable("WRN_ARENA") switch
    {
        null or "" or "on" => ArenaMode.Pooled,
        "off" => ArenaMode.Separate,
        "guarded" => ArenaMode.Guarded,
        var other => throw new InvalidOperationException($"WRN_ARENA is '{other}'; it may be on, off or guarded"),
    };
}
