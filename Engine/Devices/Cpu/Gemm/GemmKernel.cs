using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace WrnEngine.Devices.Cpu.Gemm;

/// <summary>
/// The micro-kernel that every product and convolution ends in: a tile of 6 rows by up to four vectors of columns, whose sums stay in
/// registers over all of k. Per k it loads the vectors of B once and each A once, broadcast: with AVX-512 10 loads for 24 FMAs, so the
/// FMA units are the limit.
/// </summary>
internal static unsafe partial class GemmKernel
{
    /// <summary>Rows of a tile.</summary>
    public const int Rows = 6;

    private const int ShortestSumWithPrefetch = 192;

    private static bool UseAvx512 => Vector512.IsHardwareAccelerated && Avx512F.IsSupported;

    private static bool UseAvx2 => Avx2.IsSupported && Fma.IsSupported;

    /// <summary>Numbers in a vector.</summary>
    public static int VectorWidth => UseAvx512 ? 16 : UseAvx2 ? 8 : 4;

    /// <summary>Columns of the widest tile.</summary>
    public static int MaxWidth => UseAvx512 ? 64 : UseAvx2 ? 16 : 8;

    /// <summary>The tile width for a number of columns: whole vectors.</summary>
    public static int RoundUp(int columns) => (columns + VectorWidth - 1) / VectorWidth * VectorWidth;

    /// <summary>Computes a tile of which only the first <paramref name="rows"/> and <paramref name="columns"/> are wanted.</summary>
    /// <param name="tile">The operands; row tables must hold <paramref name="rows"/> entries.</param>
    /// <param name="rows">1 .. 6.</param>
    /// <param name="columns">1 .. width.</param>
    /// <param name="width">Columns that B offers: a multiple of <see cref="VectorWidth"/>, at most <see cref="MaxWidth"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(GemmTile* tile, int rows, int columns, int width)
    {
        if (rows == Rows && columns == width) Whole(tile, width);
        else Partial(tile, rows, columns, width);
    }

    private static void Whole(GemmTile* tile, int width)
    {
        if (Sse.IsSupported && (tile->TargetIsFar || tile->SegmentCount * tile->Run >= ShortestSumWithPrefetch)) PrefetchC(tile, width);
        if (UseAvx512)
        {
            if (width == 64) Avx512Tile<FourVectors>(tile);
            else if (width == 48) Avx512Tile<ThreeVectors>(tile);
            else if (width == 32) Avx512Tile<TwoVectors>(tile);
            else Avx512Tile<OneVector>(tile);
        }
        else if (UseAvx2)
        {
            if (width == 16) Avx2Tile<TwoVectors>(tile);
            else Avx2Tile<OneVector>(tile);
        }
        else
        {
            if (width == 8) PortableTile<TwoVectors>(tile);
            else PortableTile<OneVector>(tile);
        }
    }

    /// <summary>A tile at an edge: a whole tile into scratch, with the missing rows repeating the last one, then the wanted part.</summary>
    [SkipLocalsInit]
    private static void Partial(GemmTile* tile, int rows, int columns, int width)
    {
        float* scratch = stackalloc float[Rows * 64];
        int* aRows = stackalloc int[Rows];
        int* scratchRows = stackalloc int[Rows];
        for (int i = 0; i < Rows; i++)
        {
            aRows[i] = tile->ARows[Math.Min(i, rows - 1)];
            scratchRows[i] = i * width;
        }
        var whole = *tile;
        whole.C = scratch;
        whole.ARows = aRows;
        whole.CRows = scratchRows;
        whole.Accumulate = false;
        Whole(&whole, width);
        for (int i = 0; i < rows; i++)
        {
            var from = new ReadOnlySpan<float>(scratch + i * width, columns);
            var to = new Span<float>(tile->C + tile->CRows[i], columns);
            if (tile->Accumulate)
                for (int j = 0; j < columns; j++) to[j] += from[j];
            else from.CopyTo(to);
        }
    }

    // C is needed only after the whole sum: time enough to fetch it from afar. Not inside the kernels: code before the sums' loop makes
    // the JIT spill them.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void PrefetchC(GemmTile* tile, int width)
    {
        for (int i = 0; i < Rows; i++)
        {
            float* c = tile->C + tile->CRows[i];
            for (int j = 0; j < width; j += 16) Sse.Prefetch0(c + j);
        }
    }

    /// <summary>The number of vectors in a tile's row, as a type, so that the JIT compiles one body per width.</summary>
    private interface IVectorCount
    {
        static abstract int Count { get; }
    }

    private readonly struct OneVector : IVectorCount
    {
        public static int Count => 1;
    }

    private readonly struct TwoVectors : IVectorCount
    {
        public static int Count => 2;
    }

    private readonly struct ThreeVectors : IVectorCount
    {
        public static int Count => 3;
    }

    private readonly struct FourVectors : IVectorCount
    {
        public static int Count => 4;
    }
}
