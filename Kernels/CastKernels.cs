using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>Launches the kernels of <c>cast.cu</c> and <c>cast_bf16.cu</c>. Addresses are on the device; x and y have as many elements and do not overlap.</summary>
public sealed class CastKernels(KernelLibrary library)
{
    private readonly Kernel<CastArgs> _byteToFloat = new(library, "cast", "cast_u8_f32");
    private readonly Kernel<CastArgs> _floatToBFloat16 = new(library, "cast_bf16", "cast_f32_bf16");
    private readonly Kernel<CastArgs> _bFloat16ToFloat = new(library, "cast_bf16", "cast_bf16_f32");

    /// <summary>Bytes 0 .. 255 to float32.</summary>
    public void ByteToFloat(CuStream stream, nint x, nint y, long count) => Launch(_byteToFloat, stream, x, y, count);

    /// <summary>float32 to the nearest bfloat16, ties to even; NaN becomes 0x7fff.</summary>
    /// <exception cref="NotSupportedException">The device's compute capability is below 8.0.</exception>
    public void FloatToBFloat16(CuStream stream, nint x, nint y, long count)
    {
        RequireBFloat16();
        Launch(_floatToBFloat16, stream, x, y, count);
    }

    /// <summary>bfloat16 to float32, which is exact.</summary>
    /// <exception cref="NotSupportedException">The device's compute capability is below 8.0.</exception>
    public void BFloat16ToFloat(CuStream stream, nint x, nint y, long count)
    {
        RequireBFloat16();
        Launch(_bFloat16ToFloat, stream, x, y, count);
    }

    private static void Launch(Kernel<CastArgs> kernel, CuStream stream, nint x, nint y, long count) =>
        kernel.Launch(stream, LaunchGrid.ForElements(count), LaunchGrid.Threads, new CastArgs { X = x, Y = y, Count = count });

    private void RequireBFloat16()
    {
        if (library.ComputeCapability < 80)
        {
            throw new NotSupportedException(
                $"bfloat16 needs compute capability 8.0, this device has {library.ComputeCapability / 10}.{library.ComputeCapability % 10}: run in float32");
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct CastArgs
    {
        public nint X;
        public nint Y;
        public long Count;
    }
}
