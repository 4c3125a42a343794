using System.Runtime.CompilerServices;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Driver;

/// <summary>What the driver knows beside contexts, and the guard around every call: nothing may be thrown across the interface.</summary>
internal static class DriverState
{
    /// <summary>Held during every call: the driver does one thing at a time.</summary>
    public static readonly Lock Gate = new();

    /// <summary>The one context of the one device. Its handle stays the same when it is made again.</summary>
    public static readonly CuContext PrimaryHandle = new(HandleTable.NextHandle());

    private static bool _isInitialized;
    private static long _generation = 1;
    private static int _references;
    private static DriverContext? _primary;

    [ThreadStatic]
    private static Stack<CuContext>? _stack;

    [ThreadStatic]
    private static long _stackGeneration;

    public static CudaContextFlags PrimaryFlags { get; set; }

    public static bool IsPrimaryActive => _primary != null;

    /// <summary>The calling thread's contexts, the current one on top.</summary>
    public static Stack<CuContext> ContextStack
    {
        get
        {
            if (_stack is null || _stackGeneration != _generation)
            {
                _stack = new Stack<CuContext>();
                _stackGeneration = _generation;
            }

            return _stack;
        }
    }

    public static void Initialize() => _isInitialized = true;

    public static void RetainPrimary()
    {
        if (_primary is null)
        {
#pragma warning disable IDISP003 // There is no previous one here.
            _primary = new DriverContext(SimulatorDriver.Options);
#pragma warning restore IDISP003
        }

        _references++;
    }

    public static CudaResult ReleasePrimary()
    {
        if (_references == 0)
        {
            return CudaResult.InvalidContext;
        }

        if (--_references == 0)
        {
            DestroyPrimary();
        }

        return CudaResult.Success;
    }

    /// <summary>Destroys the context's resources and its fault. Whoever holds a reference has to retain it again.</summary>
    public static void DestroyPrimary()
    {
        if (_primary is not null)
        {
            _primary.Queue.RunAll();
            if (SimulatorDriver.Options.Checks.HasFlag(CheckKinds.Memcheck))
            {
                ReportLeaks(_primary);
            }

            _primary.Dispose();
            _primary = null;
        }

        ErrorTexts.ClearDetail();
    }

    public static SimulatorCensus Census() => _primary is not { } context ? new(_references, 0, 0, 0, 0, 0, 0, 0) : new(
        _references,
        context.Memory.LiveAllocations.Count(static allocation => allocation.Label.Length == 0),
        context.Pinned.Count,
        context.Handles.All<DriverModule>().Count(),
        context.Handles.All<DriverStream>().Count(),
        context.Handles.All<DriverEvent>().Count(),
        context.Handles.All<DriverGraph>().Count(),
        context.Handles.All<ExecutableGraph>().Count());

    public static void Reset()
    {
        _primary?.Dispose();
        _primary = null;
        _references = 0;
        _isInitialized = false;
        PrimaryFlags = default;
        _generation++;
        ErrorTexts.ClearDetail();
    }

    /// <summary>A call that needs nothing.</summary>
    public static CudaResult Call(Func<CudaResult> body, [CallerMemberName] string entry = "")
    {
        lock (Gate)
        {
            try
            {
                CudaResult injected = SimulatorDriver.Intercept?.Invoke("cu" + entry) ?? CudaResult.Success;
                return injected != CudaResult.Success ? injected : body();
            }
            catch (Exception e)
            {
                return Caught(e);
            }
        }
    }

    /// <summary>A call that needs cuInit.</summary>
    public static CudaResult DriverCall(Func<CudaResult> body, [CallerMemberName] string entry = "") =>
        Call(() => _isInitialized ? body() : CudaResult.NotInitialized, entry);

    /// <summary>A call about a device.</summary>
    public static CudaResult DeviceCall(
        int device, Func<SimulatedDeviceProperties, CudaResult> body, [CallerMemberName] string entry = "") =>
        DriverCall(() => device == 0 ? body(SimulatorDriver.Options.Device) : CudaResult.InvalidDevice, entry);

    /// <summary>A call in the current context; it answers with the context's fault when there is one.</summary>
    public static CudaResult ContextCall(Func<DriverContext, CudaResult> body, [CallerMemberName] string entry = "") => DriverCall(() =>
    {
        if (!ContextStack.TryPeek(out CuContext current) || current != PrimaryHandle)
        {
            return CudaResult.InvalidContext;
        }

        if (_primary is not { } context)
        {
            return CudaResult.ContextIsDestroyed;
        }

        return context.Sticky != CudaResult.Success ? context.Sticky : body(context);
    }, entry);

    /// <summary>As <see cref="ContextCall"/>, for a call that may wait or allocate and so is forbidden during a capture.</summary>
    public static CudaResult UnsafeCall(Func<DriverContext, CudaResult> body, [CallerMemberName] string entry = "") => ContextCall(context =>
    {
        CudaResult legal = context.Captures.CheckUnsafeCall();
        return legal != CudaResult.Success ? legal : body(context);
    }, entry);

    private static CudaResult Caught(Exception e)
    {
        SimulatorDriver.LastFault = $"The simulated driver failed: {e.Message}";
        return e is OutOfMemoryException ? CudaResult.OutOfMemory : CudaResult.Unknown;
    }

    private static void ReportLeaks(DriverContext context)
    {
        foreach (Allocation allocation in context.Memory.LiveAllocations)
        {
            // A module's variables and pinned memory go with the context without harm; what was allocated should have been freed.
            if (allocation.Label.Length == 0)
            {
                SimulatorDriver.Report(new Finding
                {
                    Check = CheckKinds.Memcheck,
                    Message = $"leak of {allocation.Size} bytes (allocation {allocation.Ordinal}): not freed when the context ended",
                    Address = allocation.Address,
                    Size = (int)Math.Min(allocation.Size, int.MaxValue),
                });
            }
        }
    }
}
