using System.Runtime.InteropServices;
using System.Text;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;

namespace WrnEngine.Tests.Simulator.Driver;

/// <summary>A fresh simulated device with its context current. Everything below is written against the table alone.</summary>
[Category("Simulator")]
[NonParallelizable]
public abstract unsafe class DriverFixture
{
    protected static CudaApi Api => SimulatorDriver.Table;

    protected virtual SimulatorDriverOptions Options => new() { MemoryBytes = 64 << 20, StepLimit = 100_000_000 };

    [SetUp]
    public void Open()
    {
        SimulatorDriver.Reset(Options);
        Ok(Api.Init(0));
        CuContext context;
        Ok(Api.DevicePrimaryCtxRetain(&context, 0));
        Ok(Api.CtxSetCurrent(context));
    }

    [TearDown]
    public void Close() => SimulatorDriver.Reset();

    protected static void Ok(CudaResult result, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(result))] string call = "") =>
        Assert.That(result, Is.EqualTo(CudaResult.Success), () => $"{call}: {Api.Describe(result)}");

    protected static void Fails(CudaResult expected, CudaResult result) => Assert.That(result, Is.EqualTo(expected));

    protected static ulong Alloc(int bytes)
    {
        ulong address;
        Ok(Api.MemAlloc(&address, (nuint)bytes));
        return address;
    }

    protected static int* AllocPinned(int ints)
    {
        void* address;
        Ok(Api.MemHostAlloc(&address, (nuint)(ints * sizeof(int)), CudaHostAllocFlags.None));
        new Span<int>(address, ints).Clear();
        return (int*)address;
    }

    protected static CuStream Stream(CudaStreamFlags flags = CudaStreamFlags.NonBlocking)
    {
        CuStream stream;
        Ok(Api.StreamCreate(&stream, flags));
        return stream;
    }

    protected static CuEvent Event(CudaEventFlags flags = CudaEventFlags.DisableTiming)
    {
        CuEvent created;
        Ok(Api.EventCreate(&created, flags));
        return created;
    }

    protected static void Upload<T>(ulong address, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        fixed (T* source = values)
        {
            Ok(Api.MemcpyHtoD(address, source, (nuint)(values.Length * sizeof(T))));
        }
    }

    protected static T[] Download<T>(ulong address, int count)
        where T : unmanaged
    {
        var values = new T[count];
        fixed (T* target = values)
        {
            Ok(Api.MemcpyDtoH(target, address, (nuint)(count * sizeof(T))));
        }

        return values;
    }

    protected static CuModule Load(string ptx)
    {
        CuModule module;
        fixed (byte* image = Encoding.UTF8.GetBytes(ptx + "\0"))
        {
            Ok(Api.ModuleLoadData(&module, image));
        }

        return module;
    }

    protected static CuFunction Function(CuModule module, string name)
    {
        CuFunction function;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + "\0"))
        {
            Ok(Api.ModuleGetFunction(&function, module, text));
        }

        return function;
    }

    protected static CuFunction Kernel(string name) => Function(Load(TestKernels.Ptx), name);

    protected static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    protected static CudaResult Status(CuStream stream, out CudaCaptureStatus status)
    {
        fixed (CudaCaptureStatus* target = &status)
        {
            return Api.StreamIsCapturing(stream, target);
        }
    }
}
