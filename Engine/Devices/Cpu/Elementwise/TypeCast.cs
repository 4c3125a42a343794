using WrnEngine.Devices.Cpu.Simd;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu.Elementwise;

/// <summary>Copies into another element type. The ops of this device compute in float32; casts serve data that arrives in other types, so plain loops do.</summary>
internal static unsafe class TypeCast
{
    public static void Run(CpuDevice device, Tensor x, Tensor y)
    {
        Action<nint, nint, long, long> cast = (x.DType, y.DType) switch
        {
            (DType.UInt8, DType.Float32) => WidenBytes,
            (DType.Float32, DType.BFloat16) => Narrow,
            (DType.BFloat16, DType.Float32) => Widen,
            _ => throw new NotSupportedException($"cannot cast {x.DType.ShortName()} to {y.DType.ShortName()}"),
        };
        long count = x.Numel;
        nint source = x.Address, target = y.Address;
        device.Team.For(VectorLoops.Parts(count, VectorLoops.BlockSize), part =>
        {
            long start = (long)part * VectorLoops.BlockSize;
            cast(source, target, start, Math.Min(count, start + VectorLoops.BlockSize));
        });
    }

    private static void WidenBytes(nint x, nint y, long start, long end)
    {
        for (long i = start; i < end; i++) ((float*)y)[i] = ((byte*)x)[i];
    }

    private static void Narrow(nint x, nint y, long start, long end)
    {
        for (long i = start; i < end; i++) ((ushort*)y)[i] = BFloat16.FromSingle(((float*)x)[i]);
    }

    private static void Widen(nint x, nint y, long start, long end)
    {
        for (long i = start; i < end; i++) ((float*)y)[i] = BFloat16.ToSingle(((ushort*)x)[i]);
    }
}
