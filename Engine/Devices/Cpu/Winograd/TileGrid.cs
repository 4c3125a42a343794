using WrnEngine.Devices.Cpu.Conv;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>The outputs of a correlation with 3x3 taps and step 1, cut into tiles of 4x4; the last ones of a row or column may reach outside.</summary>
internal readonly struct TileGrid
{
    private readonly int _tilesH, _tilesW;

    /// <summary>The tiles of <paramref name="c"/>.</summary>
    public TileGrid(in Correlation c)
    {
        Correlation = c;
        _tilesH = (c.OutH + Winograd.OutTile - 1) / Winograd.OutTile;
        _tilesW = (c.OutW + Winograd.OutTile - 1) / Winograd.OutTile;
        Count = checked(c.N * _tilesH * _tilesW);
    }

    /// <summary>What is computed.</summary>
    public Correlation Correlation { get; }

    /// <summary>Tiles of all images.</summary>
    public int Count { get; }

    /// <summary>Outputs of all images and channels.</summary>
    public long Floats => (long)Correlation.N * Correlation.OutH * Correlation.OutW * Correlation.TargetChannels;

    /// <summary>Image, and the tile's first row and column of outputs.</summary>
    public (int Image, int Row, int Column) this[int tile]
    {
        get
        {
            int column = tile % _tilesW, rest = tile / _tilesW;
            return (rest / _tilesH, rest % _tilesH * Winograd.OutTile, column * Winograd.OutTile);
        }
    }

    /// <summary>How many of a tile's outputs are inside the image.</summary>
    public int OutputsIn(int tile)
    {
        var (_, row, column) = this[tile];
        return Math.Min(Winograd.OutTile, Correlation.OutH - row) * Math.Min(Winograd.OutTile, Correlation.OutW - column);
    }

    /// <summary>[36] Where the inputs of a tile are; <paramref name="outside"/> stands for those in the border.</summary>
    public unsafe void Inputs(int tile, float* source, float* outside, float** pixels)
    {
        var c = Correlation;
        var (image, row, column) = this[tile];
        int top = row + c.OriginH, left = column + c.OriginW;
        for (int i = 0; i < Winograd.InTile; i++)
        {
            bool rowInside = (uint)(top + i) < (uint)c.SourceH;
            float* line = source + (((long)image * c.SourceH + top + i) * c.SourceW + left) * c.SourceChannels;
            for (int j = 0; j < Winograd.InTile; j++)
                pixels[Winograd.InTile * i + j] = rowInside && (uint)(left + j) < (uint)c.SourceW ? line + (long)j * c.SourceChannels : outside;
        }
    }

    /// <summary>[16] Where the outputs of a tile are; null for those outside.</summary>
    public unsafe void Outputs(int tile, float* target, float** pixels)
    {
        var c = Correlation;
        var (image, row, column) = this[tile];
        for (int i = 0; i < Winograd.OutTile; i++)
            for (int j = 0; j < Winograd.OutTile; j++)
                pixels[Winograd.OutTile * i + j] = row + i < c.OutH && column + j < c.OutW
                    ? target + (((long)image * c.TargetH + row + i) * c.TargetW + column + j) * c.TargetChannels : null;
    }
}
