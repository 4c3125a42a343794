using WrnEngine.Devices.Cpu.Conv;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>
/// The outputs of a correlation cut into the tiles of a scheme; the last ones of a row or column may reach outside. Those of an image whose first
/// output lies in its border (negative target offsets) begin there.
/// </summary>
internal readonly struct TileGrid
{
    private readonly int _outTile, _inTile, _inStep;
    private readonly int _tilesH, _tilesW;

    private TileGrid(in Correlation c, int outTile, int inTile, int inStep)
    {
        Correlation = c;
        (_outTile, _inTile, _inStep) = (outTile, inTile, inStep);
        _tilesH = (c.OutH + outTile - 1) / outTile;
        _tilesW = (c.OutW + outTile - 1) / outTile;
        Count = checked(c.N * _tilesH * _tilesW);
    }

    /// <summary>What is computed.</summary>
    public Correlation Correlation { get; }

    /// <summary>Tiles of all images.</summary>
    public int Count { get; }

    /// <summary>The tiles of <paramref name="c"/>.</summary>
    public static TileGrid Of<S>(in Correlation c) where S : IScheme => new(c, S.OutTile, S.InTile, S.InStep);

    /// <summary>Outputs of all images and channels.</summary>
    public long Floats => (long)Correlation.N * Correlation.TargetH * Correlation.TargetW * Correlation.TargetChannels;

    /// <summary>How many of a tile's outputs are inside the image.</summary>
    public int OutputsIn(int tile)
    {
        var (_, row, column) = this[tile];
        return Inside(row * _outTile + Correlation.TargetOffsetH, _outTile, Correlation.TargetH)
            * Inside(column * _outTile + Correlation.TargetOffsetW, _outTile, Correlation.TargetW);

        static int Inside(int start, int length, int size) => Math.Max(0, Math.Min(start + length, size) - Math.Max(start, 0));
    }

    /// <summary>[inputs of a tile] Where they are; <paramref name="outside"/> stands for those in the border.</summary>
    public unsafe void Inputs(int tile, float* source, float* outside, float** pixels)
    {
        var c = Correlation;
        var (image, row, column) = this[tile];
        int top = row * _inStep + c.OriginH, left = column * _inStep + c.OriginW;
        for (int i = 0; i < _inTile; i++)
        {
            bool rowInside = (uint)(top + i) < (uint)c.SourceH;
            float* line = source + (((long)image * c.SourceH + top + i) * c.SourceW + left) * c.SourceChannels;
            for (int j = 0; j < _inTile; j++)
                pixels[_inTile * i + j] = rowInside && (uint)(left + j) < (uint)c.SourceW ? line + (long)j * c.SourceChannels : outside;
        }
    }

    /// <summary>[outputs of a tile] Where they are; null for those outside.</summary>
    public unsafe void Outputs(int tile, float* target, float** pixels)
    {
        var c = Correlation;
        var (image, row, column) = this[tile];
        int top = row * _outTile + c.TargetOffsetH, left = column * _outTile + c.TargetOffsetW;
        for (int i = 0; i < _outTile; i++)
            for (int j = 0; j < _outTile; j++)
                pixels[_outTile * i + j] = (uint)(top + i) < (uint)c.TargetH && (uint)(left + j) < (uint)c.TargetW
                    ? target + (((long)image * c.TargetH + top + i) * c.TargetW + left + j) * c.TargetChannels : null;
    }

    // Image, and row and column of the tile in it.
    private (int Image, int Row, int Column) this[int tile] => (tile / _tilesW / _tilesH, tile / _tilesW % _tilesH, tile % _tilesW);
}
