namespace WrnEngine.Devices.Cpu.Gemm;

/// <summary>
/// C [M, N] (+)= A [M, K] B [K, N] (+ bias), each of A and B in either storage order. B is packed into panels; a part of the parallel
/// loop is a strip of rows of C times a group of panels. Every element of C is summed in one order, whatever the parts.
/// </summary>
internal sealed unsafe class MatrixProduct(CpuDevice device, int m, int n, int k)
{
    private const int RowsPerStrip = 16 * GemmKernel.Rows;

    // A chunk of a 64-wide panel is 128 KB: it stays in the L2 cache while a strip of rows goes by.
    private const int ChunkOfK = 512;

    private readonly Panels _panels = new(n);
    private float* _packed;

    /// <summary>Element (m, k) of A is at A[m * ARowStride + k * AStep].</summary>
    public required float* A { get; init; }

    /// <inheritdoc cref="A"/>
    public required int ARowStride { get; init; }

    /// <inheritdoc cref="A"/>
    public required int AStep { get; init; }

    /// <summary>Element (k, n) of B is at B[k * BKStride + n * BColumnStride].</summary>
    public required float* B { get; init; }

    /// <inheritdoc cref="B"/>
    public required int BKStride { get; init; }

    /// <inheritdoc cref="B"/>
    public required int BColumnStride { get; init; }

    /// <summary>The result, row-major.</summary>
    public required float* C { get; init; }

    /// <summary>Add to C.</summary>
    public required bool Accumulate { get; init; }

    /// <summary>[N], added to every row, or null.</summary>
    public required float* Bias { get; init; }

    /// <summary>Computes the product.</summary>
    public void Run()
    {
        var buffer = device.Memory.Allocate(_panels.PackedLength(k) * sizeof(float));
        try
        {
            _packed = (float*)buffer.Address;
            int kParts = (k + ChunkOfK - 1) / ChunkOfK;
            device.Team.For(_panels.Count * kParts, Pack);
            int strips = (m + RowsPerStrip - 1) / RowsPerStrip;
            device.Team.For(strips * _panels.Count, Multiply);
        }
        finally
        {
            buffer.Release();
        }
    }

    private void Pack(int part)
    {
        int panel = part % _panels.Count, kStart = part / _panels.Count * ChunkOfK;
        PackB.Pack(B, BKStride, BColumnStride, _panels, panel, kStart, Math.Min(k, kStart + ChunkOfK), _packed + Panels.OffsetOf(panel, k));
    }

    private void Multiply(int part)
    {
        int strip = part / _panels.Count, panel = part % _panels.Count;
        int columns = _panels.ColumnsIn(panel), width = _panels.WidthOf(panel);
        int rowStart = strip * RowsPerStrip, rowEnd = Math.Min(m, rowStart + RowsPerStrip);
        float* c = C + (long)panel * GemmKernel.MaxWidth;
        bool accumulate = Accumulate;
        if (Bias != null)
        {
            var bias = new ReadOnlySpan<float>(Bias + panel * GemmKernel.MaxWidth, columns);
            for (long row = rowStart; row < rowEnd; row++)
            {
                var target = new Span<float>(c + row * n, columns);
                if (accumulate)
                    for (int j = 0; j < columns; j++) target[j] += bias[j];
                else bias.CopyTo(target);
            }
            accumulate = true;
        }
        if (k == 0)
        {
            if (!accumulate)
                for (long row = rowStart; row < rowEnd; row++) new Span<float>(c + row * n, columns).Clear();
            return;
        }

        int zero = 0;
        int* aRows = stackalloc int[GemmKernel.Rows], cRows = stackalloc int[GemmKernel.Rows];
        for (int i = 0; i < GemmKernel.Rows; i++) (aRows[i], cRows[i]) = (i * ARowStride, i * n);
        var tile = new GemmTile
        {
            ARows = aRows,
            CRows = cRows,
            ASegments = &zero,
            BSegments = &zero,
            SegmentCount = 1,
            AStep = AStep,
            BStep = width,
        };
        for (int kStart = 0; kStart < k; kStart += ChunkOfK)
        {
            tile.Run = Math.Min(ChunkOfK, k - kStart);
            tile.B = _packed + Panels.OffsetOf(panel, k) + (long)kStart * width;
            tile.Accumulate = accumulate || kStart > 0;
            for (int row = rowStart; row < rowEnd; row += GemmKernel.Rows)
            {
                tile.A = A + (long)row * ARowStride + (long)kStart * AStep;
                tile.C = c + (long)row * n;
                GemmKernel.Run(&tile, Math.Min(GemmKernel.Rows, rowEnd - row), columns, width);
            }
        }
    }
}
