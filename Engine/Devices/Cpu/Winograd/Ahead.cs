using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>
/// Asks for memory that the next tile needs while the present one is computed: short runs all over the images and one line in every plane, which
/// the processor does not foresee. Without it a transform waits for memory up to half of its time.
/// </summary>
internal static unsafe class Ahead
{
    /// <summary>Asks for channels <paramref name="c"/> and on of a square of pixels, from a column on; if a line of the cache begins there.</summary>
    /// <param name="pixels">[side * side] Where the pixels are; null for those that nobody wants.</param>
    /// <param name="side">Rows and columns.</param>
    /// <param name="firstColumn">The columns before it belong to the present tile too.</param>
    /// <param name="offset">What to add to each place, in elements.</param>
    /// <param name="c">The first channel.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FetchPixels(float** pixels, int side, int firstColumn, nint offset, nint c)
    {
        if (!Sse.IsSupported || c % Scheme.Lanes != 0) return;
        for (int i = 0; i < side; i++, pixels += side)
            for (int j = firstColumn; j < side; j++)
                if (pixels[j] != null) Sse.Prefetch0(pixels[j] + offset + c);
    }

    /// <summary>Asks for one line in each of <paramref name="planes"/> planes.</summary>
    /// <param name="first">The place in the first plane.</param>
    /// <param name="planeStride">From one plane to the next, in elements.</param>
    /// <param name="planes">How many.</param>
    /// <param name="c">The first channel of the line; nothing happens unless a line of the cache begins there.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FetchPlanes(float* first, nint planeStride, int planes, nint c)
    {
        if (!Sse.IsSupported || c % Scheme.Lanes != 0) return;
        for (; planes > 0; planes--, first += planeStride) Sse.Prefetch0(first);
    }
}
