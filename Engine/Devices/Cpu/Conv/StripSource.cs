namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>
/// Where the source pixels of a strip lie: in the tensor itself, or, if the strip reaches into the padding or a prologue applies, in a
/// copy with a border of zeros. In both cases a row of taps is one contiguous run of numbers.
/// </summary>
/// <param name="Origin">Tap (0, 0) of the strip's first output.</param>
/// <param name="ImagePitch">Numbers from one image to the next.</param>
/// <param name="RowPitch">Numbers from one source row to the next.</param>
internal readonly unsafe record struct StripSource(nint Origin, long ImagePitch, int RowPitch)
{
    /// <summary>The strip's pixels in place.</summary>
    public static StripSource InPlace(in Correlation c, in Strip strip, float* source)
    {
        int rowPitch = c.SourceW * c.SourceChannels;
        long imagePitch = (long)c.SourceH * rowPitch;
        var origin = source + strip.Image * imagePitch + (long)(strip.Row * c.StepH + c.OriginH) * rowPitch + (long)c.OriginW * c.SourceChannels;
        return new StripSource((nint)origin, imagePitch, rowPitch);
    }

    /// <summary>A copy in <paramref name="target"/> with zeros outside the image and, inside it, the prologue applied.</summary>
    public static StripSource Padded(in Correlation c, in StripPlan plan, in Strip strip, float* source, float* target, in ChannelAffine prologue)
    {
        int channels = c.SourceChannels, rowPitch = plan.PaddedW * channels;
        int paddedRows = (strip.Rows - 1) * c.StepH + c.TapsH;
        int left = Math.Clamp(-c.OriginW, 0, plan.PaddedW), right = Math.Clamp(c.SourceW - c.OriginW, left, plan.PaddedW);
        for (int image = 0; image < strip.Images; image++)
        {
            for (int row = 0; row < paddedRows; row++)
            {
                var to = new Span<float>(target + ((long)image * paddedRows + row) * rowPitch, rowPitch);
                int sourceRow = strip.Row * c.StepH + c.OriginH + row;
                if (sourceRow < 0 || sourceRow >= c.SourceH || left == right)
                {
                    to.Clear();
                    continue;
                }
                to[..(left * channels)].Clear();
                to[(right * channels)..].Clear();
                float* from = source + (((long)(strip.Image + image) * c.SourceH + sourceRow) * c.SourceW + c.OriginW + left) * channels;
                fixed (float* inner = to[(left * channels)..]) prologue.Apply(from, inner, right - left, channels);
            }
        }
        return new StripSource((nint)target, (long)paddedRows * rowPitch, rowPitch);
    }

    /// <summary>
    /// As <see cref="Padded"/>, but in blocks of up to <paramref name="block"/> channels: block by block all pixels of the strip, so that
    /// walking along the pixels of one block is walking through memory. Pitches are those of a block of full size; a narrower last block
    /// has them in proportion to its width.
    /// </summary>
    public static StripSource Blocked(
        in Correlation c, in StripPlan plan, in Strip strip, float* source, float* target, int block, float* pixel, in ChannelAffine prologue)
    {
        int paddedRows = (strip.Rows - 1) * c.StepH + c.TapsH;
        long pixels = (long)strip.Images * paddedRows * plan.PaddedW;
        for (int image = 0; image < strip.Images; image++)
            for (int row = 0; row < paddedRows; row++)
            {
                int sourceRow = strip.Row * c.StepH + c.OriginH + row;
                bool rowInside = sourceRow >= 0 && sourceRow < c.SourceH;
                float* from = source + (((long)(strip.Image + image) * c.SourceH + sourceRow) * c.SourceW + c.OriginW) * c.SourceChannels;
                long index = ((long)image * paddedRows + row) * plan.PaddedW;
                for (int column = 0; column < plan.PaddedW; column++, index++)
                {
                    bool inside = rowInside && column + c.OriginW >= 0 && column + c.OriginW < c.SourceW;
                    float* numbers = from + (long)column * c.SourceChannels;
                    if (inside && !prologue.IsNone)
                    {
                        prologue.Apply(numbers, pixel, 1, c.SourceChannels);
                        numbers = pixel;
                    }
                    for (int start = 0; start < c.SourceChannels; start += block)
                    {
                        int width = Math.Min(block, c.SourceChannels - start);
                        var to = new Span<float>(target + start * pixels + index * width, width);
                        if (inside) new ReadOnlySpan<float>(numbers + start, width).CopyTo(to);
                        else to.Clear();
                    }
                }
            }
        return new StripSource((nint)target, (long)paddedRows * plan.PaddedW * block, plan.PaddedW * block);
    }
}
