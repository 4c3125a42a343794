using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu.Norm;

/// <summary>
/// How a channels-last array is walked: as rows of <see cref="Length"/> elements, which is a few copies of all channels. Per-channel
/// numbers are laid out over a row of that length once, so that the inner loop is one long run of whole registers for any number of
/// channels, and sums over rows have few additions after one another.
/// </summary>
internal readonly unsafe struct ChannelTile
{
    private const int MinLength = 256;
    private const int LongestPadded = 4096;
    private const int Lanes = 16;

    /// <summary>Elements that one part of a loop covers, as near as whole rows come to it: 256 KiB, which an L2 cache keeps for a second pass.</summary>
    private const int PartElements = 65536;

    public ChannelTile(Shape shape)
    {
        Channels = shape[1];
        Elements = shape.Numel;
        int copies = 1;
        while (copies < Lanes && Channels * copies % Lanes != 0) copies *= 2;
        if ((long)Channels * copies > LongestPadded) copies = 1;
        if (Channels * copies < MinLength) copies *= (MinLength + Channels * copies - 1) / (Channels * copies);
        Length = Channels * copies;
        ElementsPerPart = (long)Length * Math.Max(1, PartElements / Length);
    }

    /// <summary>Channels.</summary>
    public int Channels { get; }

    /// <summary>Elements of the whole array: a multiple of the channels, not always of the tile.</summary>
    public long Elements { get; }

    /// <summary>Elements of one tile: a multiple of the channels.</summary>
    public int Length { get; }

    /// <summary>Elements of one part of a loop: whole tiles.</summary>
    public long ElementsPerPart { get; }

    /// <summary>Values per channel.</summary>
    public long Count => Elements / Channels;

    /// <summary>Parts of a loop over the array, at least one.</summary>
    public int Parts => Math.Max(1, Simd.VectorLoops.Parts(Elements, ElementsPerPart));

    /// <summary>Repeats per-channel numbers over a tile whose first copy holds them already.</summary>
    public void Repeat(float* tile)
    {
        for (int i = Channels; i < Length; i++) tile[i] = tile[i - Channels];
    }

    /// <summary>Writes the sum over a tile's copies for every channel.</summary>
    public void Fold(float* tile, double* sums)
    {
        for (int c = 0; c < Channels; c++) sums[c] = tile[c];
        for (int first = Channels; first < Length; first += Channels)
            for (int c = 0; c < Channels; c++) sums[c] += tile[first + c];
    }
}
