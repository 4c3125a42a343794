namespace WrnEngine.Training.Data;

/// <summary>
/// How hard the procedural set is. Changing a figure changes the set, and with it every result on it. Lengths are pixels, contrasts and
/// noise are on the 0-255 scale.
/// </summary>
internal static class SyntheticDifficulty
{
    /// <summary>Radius of the figure that gives the class.</summary>
    public const float MinRadius = 9, MaxRadius = 14;

    /// <summary>How far the figure's centre may be from the middle of the image.</summary>
    public const float MaxOffset = 4;

    /// <summary>Repeat length of a texture.</summary>
    public const float MinPeriod = 4, MaxPeriod = 8;

    /// <summary>Distance between the colours of the figure and of what lies behind it.</summary>
    public const float MinContrast = 90, MaxContrast = 220;

    /// <summary>A texture of any class lies over the whole background, with this contrast relative to the figure's.</summary>
    public const float MaxBackgroundTexture = 0.12f;

    /// <summary>Small figures of any class lie around, up to this many.</summary>
    public const int MaxDistractors = 2;

    /// <summary>Radius of a small figure.</summary>
    public const float MinDistractorRadius = 2, MaxDistractorRadius = 4;

    /// <summary>A bar of random colour covers part of the image this often, this wide.</summary>
    public const float BarChance = 0.15f, MinBarWidth = 2, MaxBarWidth = 5;

    /// <summary>Greatest deviation of a pixel by noise.</summary>
    public const float MinNoise = 4, MaxNoise = 25;
}
