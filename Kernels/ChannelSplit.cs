using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>
/// How a channels-last array [rows, C] is split over a grid: a block has threads along the vectors of 1, 4 or 8 channels and along rows, so that a warp
/// touches one piece of memory; the grid counts blocks of rows and tiles of channels. It depends on the shape only, and so do the sums made by it.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct ChannelSplit
{
    private const int Threads = 256;

    // Up to so many vectors a block has all channels; beyond, tiles of a warp's width.
    private const int WidestTile = 64;
    private const int Tile = 32;

    // Loads that a thread has under way, and the blocks that fill the largest device for about one round.
    private const int RowsAtOnce = 4;
    private const int MostBlocks = 512;

    private readonly long _rows;
    private readonly int _channels;
    private readonly int _rowsPerBlock;

    private ChannelSplit(long rows, int channels, int rowsPerBlock) => (_rows, _channels, _rowsPerBlock) = (rows, channels, rowsPerBlock);

    /// <summary>Channels.</summary>
    public int Channels => _channels;

    /// <summary>Values of each channel.</summary>
    public long Rows => _rows;

    /// <summary>Blocks along the rows: as many partial results per channel does a reduction leave.</summary>
    public int Parts => (int)((_rows + _rowsPerBlock - 1) / _rowsPerBlock);

    /// <summary>The split with its launch configuration.</summary>
    /// <param name="rows">Values of each channel.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="vector">Channels of a thread; a divisor of them all.</param>
    public static (ChannelSplit Split, Dim3 Grid, Dim3 Block) For(long rows, int channels, int vector)
    {
        int vectors = channels / vector;
        int columns = vectors <= WidestTile ? Math.Max(1, vectors) : Tile;
        int tiles = (vectors + columns - 1) / columns;
        int lanes = (int)Math.Clamp(rows, 1, Threads / columns);
        // Whole rounds of RowsAtOnce, but for the last block.
        long round = (long)lanes * RowsAtOnce;
        long blocks = Math.Max(1, MostBlocks / Math.Max(1, tiles));
        long rowsPerBlock = Math.Max(1, (rows + blocks * round - 1) / (blocks * round)) * round;
        var split = new ChannelSplit(rows, channels, checked((int)rowsPerBlock));
        return (split, new Dim3((uint)split.Parts, (uint)tiles), new Dim3((uint)columns, (uint)lanes));
    }
}
