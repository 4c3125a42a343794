using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>
/// Asks for the pixels of the next tile while the present one is computed: they lie in short runs all over the images, which the processor
/// does not foresee.
/// </summary>
/// <param name="pixels">Where they are.</param>
/// <param name="side">Rows and columns.</param>
/// <param name="firstColumn">The columns before it belong to the present tile too.</param>
internal readonly unsafe struct Ahead(float** pixels, int side, int firstColumn)
{
    /// <summary>Asks for the line of channels that begins at <paramref name="c"/>, if one begins there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fetch(nint c)
    {
        if (!Sse.IsSupported || c % Scheme.Lanes != 0) return;
        for (int i = 0; i < side; i++)
            for (int j = firstColumn; j < side; j++) Sse.Prefetch0(pixels[side * i + j] + c);
    }
}
