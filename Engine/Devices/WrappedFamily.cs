using System.Reflection;

namespace WrnEngine.Devices;

/// <summary>Stands before an op family and takes each of its calls to <see cref="WrappedDevice.Call"/>.</summary>
#pragma warning disable CA1852 // proxies are made as classes derived from it
internal class WrappedFamily<TFamily> : DispatchProxy where TFamily : class
#pragma warning restore CA1852
{
    private WrappedDevice? _device;
    private TFamily? _inner;

    public static TFamily Around(TFamily inner, WrappedDevice device)
    {
        var family = Create<TFamily, WrappedFamily<TFamily>>();
        ((WrappedFamily<TFamily>)(object)family)._inner = inner;
        ((WrappedFamily<TFamily>)(object)family)._device = device;
        return family;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        object? result = null;
        _device!.Call(targetMethod!.Name, args!, () => result = targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null));
        return result;
    }
}
