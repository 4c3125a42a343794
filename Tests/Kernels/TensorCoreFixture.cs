using WrnEngine.Devices;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Kernels;

/// <summary>
/// Runs the tensor-core kernels without a device above them: on the simulator, under every check, each buffer an allocation of its own. Rank-4 arrays are
/// stored channels-last, in float32 (tf32) or bfloat16.
/// </summary>
[Category("Kernels")]
public abstract unsafe class TensorCoreFixture
{
    private readonly List<ulong> _buffers = [];
    private CudaContext? _context;

    protected CudaContext Context => _context ?? throw new InvalidOperationException("the context is not open");

    [OneTimeSetUp]
    public void OpenContext()
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions { Checks = CheckKinds.All });
        _context = new CudaContext(SimulatorDriver.Table, 0);
    }

    [OneTimeTearDown]
    public void CloseContext() => _context?.Dispose();

    [TearDown]
    public void FreeAndVerify()
    {
        foreach (ulong buffer in _buffers) Context.Api.Check(Context.Api.MemFree(buffer), "cuMemFree");
        _buffers.Clear();
        var findings = SimulatorDriver.Findings;
        SimulatorDriver.ForgetFindings();
        Assert.That(findings.Select(f => f.ToString()), Is.Empty);
    }

    protected static Conv2dDimensions Dimensions(in Conv2dShape s) => CudaConv.DimensionsOf(s);

    /// <summary>As the type stores it: bfloat16 to nearest even, or tf32 to nearest with ties away from zero.</summary>
    protected static double Round(TensorCoreType type, double value)
    {
        uint bits = BitConverter.SingleToUInt32Bits((float)value);
        return type == TensorCoreType.BFloat16
            ? BitConverter.UInt32BitsToSingle((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000)
            : BitConverter.UInt32BitsToSingle((bits + 0x1000) & 0xffffe000);
    }

    /// <summary>Random values that are exact in bfloat16, and so in tf32: products are exact, and an error is the accumulation's.</summary>
    protected static RefArray Exact(TestData data, Shape shape) => data.Normal(shape).Map(v => Round(TensorCoreType.BFloat16, v));

    protected nint Allocate(long bytes)
    {
        if (bytes == 0) return 0;
        ulong buffer;
        Context.MakeCurrent();
        Context.Api.Check(Context.Api.MemAlloc(&buffer, (nuint)bytes), "cuMemAlloc");
        _buffers.Add(buffer);
        return (nint)buffer;
    }

    protected nint Upload(TensorCoreType type, RefArray x) => type == TensorCoreType.BFloat16
        ? UploadArray(Array.ConvertAll(ChannelsLast(x).ToFloats(), v => (ushort)(BitConverter.SingleToUInt32Bits(v) >> 16)))
        : Upload(ChannelsLast(x));

    protected nint Upload(RefArray x) => UploadArray(x.ToFloats());

    protected RefArray Read(TensorCoreType type, nint address, Shape shape)
    {
        var stored = shape.Rank == 4 ? new Shape(shape[0], shape[2], shape[3], shape[1]) : shape;
        var values = type == TensorCoreType.BFloat16
            ? Array.ConvertAll(Download<ushort>(address, stored), v => (double)BitConverter.UInt32BitsToSingle((uint)v << 16))
            : Array.ConvertAll(Download<float>(address, stored), v => (double)v);
        var x = new RefArray(stored, values);
        return shape.Rank == 4 ? Permute(x, [0, 3, 1, 2]) : x;
    }

    /// <summary>Float32 sums of exact products, stored in a type: a few units of the accumulator and half of one of the stored type.</summary>
    protected static void AssertClose(TensorCoreType stored, RefArray actual, RefArray expected, long terms, double typical, string what)
    {
        Assert.That(actual.Shape, Is.EqualTo(expected.Shape), what);
        double half = stored == TensorCoreType.BFloat16 ? 1.0 / 256 : 0;
        for (int i = 0; i < actual.Count; i++)
        {
            double a = actual.Values[i], e = expected.Values[i];
            double allowed = Tolerance.Absolute(DType.Float32, terms, e, typical) + half * Math.Abs(e);
            if (!(Math.Abs(a - e) <= allowed)) Assert.Fail($"{what}: element {i} of {actual.Shape} is {a}, expected {e}, allowed error {allowed}");
        }
    }

    private static RefArray ChannelsLast(RefArray x) => x.Shape.Rank == 4 ? Permute(x, [0, 2, 3, 1]) : x;

    private static RefArray Permute(RefArray x, int[] axes)
    {
        var y = new RefArray(new Shape(axes.Select(axis => x.Shape[axis]).ToArray()));
        var at = new int[4];
        for (int i = 0; i < y.Count; i++)
        {
            int rest = i;
            for (int axis = 3; axis >= 0; axis--)
            {
                at[axes[axis]] = rest % y.Shape[axis];
                rest /= y.Shape[axis];
            }
            y.Values[i] = x[at[0], at[1], at[2], at[3]];
        }
        return y;
    }

    private nint UploadArray<T>(T[] values) where T : unmanaged
    {
        nint address = Allocate((long)values.Length * sizeof(T));
        fixed (T* p = values) Context.Api.Check(Context.Api.MemcpyHtoD((ulong)address, p, (nuint)(values.Length * sizeof(T))), "cuMemcpyHtoD");
        return address;
    }

    private T[] Download<T>(nint address, Shape shape) where T : unmanaged
    {
        var values = new T[shape.Numel];
        Context.Synchronize();
        fixed (T* p = values) Context.Api.Check(Context.Api.MemcpyDtoH(p, (ulong)address, (nuint)(values.Length * sizeof(T))), "cuMemcpyDtoH");
        return values;
    }
}
