using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Engine.Devices.Cuda.Libraries;

/// <summary>Numbers in the simulator's device memory, for the functions of a test table: every access is checked by the simulator, as a kernel's would be.</summary>
internal static unsafe class DeviceNumbers
{
    private const uint Garbage = 0xFFFFFFFF; // a NaN

    private static CudaApi Driver => SimulatorDriver.Table;

    /// <summary>Waits for what was enqueued before.</summary>
    public static void Wait(CuStream stream) => Driver.Check(Driver.StreamSynchronize(stream), "cuStreamSynchronize");

    /// <summary>Elements as stored.</summary>
    public static double[] Read(ulong address, long count, bool bf16 = false)
    {
        if (bf16) return Array.ConvertAll(ReadBits<ushort>(address, count), v => (double)BFloat16.ToSingle(v));
        return Array.ConvertAll(ReadBits<float>(address, count), v => (double)v);
    }

    /// <summary>Elements as stored, rounded to their type.</summary>
    public static void Write(ulong address, double[] values, bool bf16 = false)
    {
        if (bf16) WriteBits(address, Array.ConvertAll(values, v => BFloat16.FromSingle((float)v)));
        else WriteBits(address, Array.ConvertAll(values, v => (float)v));
    }

    /// <summary>Makes workspace unreadable for whoever hopes to find something in it; it must all be there.</summary>
    public static void Spoil(ulong address, nuint bytes)
    {
        if (bytes / 4 > 0) Driver.Check(Driver.MemsetD32(address, Garbage, bytes / 4), "cuMemsetD32");
    }

    private static T[] ReadBits<T>(ulong address, long count) where T : unmanaged
    {
        var values = new T[count];
        fixed (T* to = values) Driver.Check(Driver.MemcpyDtoH(to, address, (nuint)(count * sizeof(T))), "cuMemcpyDtoH");
        return values;
    }

    private static void WriteBits<T>(ulong address, T[] values) where T : unmanaged
    {
        fixed (T* from = values) Driver.Check(Driver.MemcpyHtoD(address, from, (nuint)(values.LongLength * sizeof(T))), "cuMemcpyHtoD");
    }
}
