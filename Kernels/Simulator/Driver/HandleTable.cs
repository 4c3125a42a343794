using System.Diagnostics.CodeAnalysis;

namespace WrnEngine.Kernels.Simulator.Driver;

/// <summary>
/// The opaque handles that the interface hands out. A number is never used twice in a process, so that a stale handle, or one of another
/// kind, is recognised.
/// </summary>
internal sealed class HandleTable
{
    private const nint Step = 0x10;
    private static nint _last = 0x10000;
    private readonly Dictionary<nint, object> _objects = [];

    public static nint NextHandle() => _last += Step;

    public nint Add(object value)
    {
        nint handle = NextHandle();
        _objects.Add(handle, value);
        return handle;
    }

    public bool TryGet<T>(nint handle, [NotNullWhen(true)] out T? value)
        where T : class
    {
        value = _objects.GetValueOrDefault(handle) as T;
        return value != null;
    }

    public bool Remove<T>(nint handle, [NotNullWhen(true)] out T? value)
        where T : class => TryGet(handle, out value) && _objects.Remove(handle);

    public IEnumerable<T> All<T>() => _objects.Values.OfType<T>();
}
