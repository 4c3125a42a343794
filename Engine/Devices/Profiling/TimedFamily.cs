using System.Diagnostics;
using System.Reflection;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Profiling;

/// <summary>Stands before an op family and takes the time of each call.</summary>
internal class TimedFamily<TFamily> : DispatchProxy where TFamily : class
{
    private ProfiledDevice? _device;
    private TFamily? _inner;

    public static TFamily Around(TFamily inner, ProfiledDevice device)
    {
        var family = Create<TFamily, TimedFamily<TFamily>>();
        ((TimedFamily<TFamily>)(object)family)._inner = inner;
        ((TimedFamily<TFamily>)(object)family)._device = device;
        return family;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var timing = _device!.TimingOf(targetMethod!.Name, args!);
        long start = Stopwatch.GetTimestamp();
        object? result = targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
        _device.Finish(timing, start);
        return result;
    }
}
