namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>Where transformed values lie: plane by plane, within one block by block of channels, within one tile by tile. All in elements.</summary>
/// <param name="PlaneStride">From one plane to the next.</param>
/// <param name="BlockChannels">Channels of a block; they lie side by side.</param>
/// <param name="BlockStride">From one block of channels to the next.</param>
/// <param name="TileStride">From one tile to the next.</param>
internal readonly record struct ValueLayout(long PlaneStride, int BlockChannels, long BlockStride, long TileStride)
{
    // A stride that is a multiple of 4 KiB would send all planes to the same set of the cache.
    private const int Stagger = 16;

    /// <summary>All channels of a tile side by side: rows of a matrix product.</summary>
    public static ValueLayout ByTile(int tiles, int channels) => new((long)tiles * channels + Stagger, channels, 0, channels);

    /// <summary>Blocks of <paramref name="block"/> channels, each with all tiles: the terms of a sum over tiles.</summary>
    public static ValueLayout ByBlock(int tiles, int channels, int block)
    {
        int blocks = (channels + block - 1) / block;
        return new((long)blocks * tiles * block + Stagger, block, (long)tiles * block, block);
    }
}
