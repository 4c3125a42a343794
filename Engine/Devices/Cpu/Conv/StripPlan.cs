namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>
/// The cut of a correlation's outputs into strips: some rows of one image, or some whole images. A strip is the unit of work of one
/// thread, and its source pixels with their zero border are small enough for the L2 cache. Depends on the shape only.
/// </summary>
internal readonly struct StripPlan
{
    private readonly Correlation _c;

    /// <summary>Chooses strips of about <paramref name="pixels"/> outputs whose source stays below about <paramref name="sourceFloats"/>.</summary>
    public StripPlan(in Correlation c, int pixels, int sourceFloats)
    {
        _c = c;
        PaddedW = (c.OutW - 1) * c.StepW + c.TapsW;
        Rows = Math.Clamp(pixels / c.OutW, 1, c.OutH);
        while (Rows > 1 && SourceFloats > sourceFloats) Rows = (Rows + 1) / 2;
        StripsPerImage = (c.OutH + Rows - 1) / Rows;
        Rows = (c.OutH + StripsPerImage - 1) / StripsPerImage;
        StripsPerImage = (c.OutH + Rows - 1) / Rows;
        Images = 1;
        if (StripsPerImage == 1)
        {
            Images = Math.Clamp(Math.Min(pixels / (c.OutH * c.OutW), (int)(sourceFloats / SourceFloats)), 1, c.N);
            Images = (c.N + (c.N + Images - 1) / Images - 1) / ((c.N + Images - 1) / Images);
        }
        Count = StripsPerImage > 1 ? c.N * StripsPerImage : (c.N + Images - 1) / Images;
    }

    /// <summary>Columns of a padded source row.</summary>
    public int PaddedW { get; }

    /// <summary>Output rows in a whole strip.</summary>
    public int Rows { get; }

    /// <summary>Strips that one image is cut into; more than one only when <see cref="Images"/> is 1.</summary>
    public int StripsPerImage { get; }

    /// <summary>Images in a whole strip.</summary>
    public int Images { get; }

    /// <summary>Number of strips.</summary>
    public int Count { get; }

    /// <summary>Padded source rows of each image in a whole strip.</summary>
    public int PaddedRows => (Rows - 1) * _c.StepH + _c.TapsH;

    /// <summary>Padded source numbers of each image in a whole strip.</summary>
    public long SourceFloats => Math.Max(1, (long)PaddedRows * PaddedW * _c.SourceChannels);

    /// <summary>Outputs in a whole strip.</summary>
    public int Pixels => Images * Rows * _c.OutW;

    /// <summary>One strip.</summary>
    public Strip this[int index]
    {
        get
        {
            if (StripsPerImage == 1) return new Strip(index * Images, Math.Min(Images, _c.N - index * Images), 0, _c.OutH);
            int row = index % StripsPerImage * Rows;
            return new Strip(index / StripsPerImage, 1, row, Math.Min(Rows, _c.OutH - row));
        }
    }
}

/// <summary>A block of outputs: <paramref name="Images"/> images from <paramref name="Image"/>, rows from <paramref name="Row"/>.</summary>
internal readonly record struct Strip(int Image, int Images, int Row, int Rows);
