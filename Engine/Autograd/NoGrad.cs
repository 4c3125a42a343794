namespace WrnEngine.Autograd;

/// <summary>While one is open on this thread, ops record nothing: <c>using (new NoGrad()) { ... }</c>.</summary>
public sealed class NoGrad : IDisposable
{
    [ThreadStatic] private static int _depth;
    private bool _disposed;

    /// <summary>Stops recording on this thread.</summary>
    public NoGrad() => _depth++;

    /// <summary>True while recording is off on this thread.</summary>
    public static bool IsActive => _depth > 0;

    /// <summary>Lets recording go on.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _depth--;
    }
}
