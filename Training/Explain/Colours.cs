using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Explain;

/// <summary>
/// Pictures of signed values: blue below zero, white at zero, orange above it, as strong as the value is far from zero. The two hues stay apart for every
/// kind of colour blindness. The script of the page uses the same map.
/// </summary>
internal static class Colours
{
    private static readonly byte[] Low = [5, 82, 161], High = [178, 80, 0];

    /// <summary>Side above which a map is averaged down.</summary>
    public const int MaxSide = 32;

    /// <summary>The colour of a value from -1 to 1.</summary>
    public static (byte R, byte G, byte B) Of(double share)
    {
        double strength = double.IsFinite(share) ? Math.Min(1, Math.Sqrt(Math.Abs(share))) : 0; // small values are most of a map: let them be seen
        byte[] end = share < 0 ? Low : High;
        return (Mix(end[0]), Mix(end[1]), Mix(end[2]));

        byte Mix(byte to) => (byte)Math.Round(255 + ((to - 255) * strength));
    }

    /// <summary>Channels side by side, a pixel of white between them, as an <c>img</c> source.</summary>
    /// <param name="map">The values.</param>
    /// <param name="channels">Which channels.</param>
    /// <param name="scale">The value of the strongest colour.</param>
    public static (string Source, int Width, int Height) Strip(FeatureMap map, IReadOnlyList<int> channels, double scale)
    {
        int step = Math.Max(1, (Math.Max(map.Height, map.Width) + MaxSide - 1) / MaxSide);
        int height = Math.Max(1, map.Height / step), width = Math.Max(1, map.Width / step), full = (channels.Count * (width + 1)) - 1;
        var pixels = new byte[full * height * 3];
        Array.Fill(pixels, (byte)255);
        for (int i = 0; i < channels.Count; i++)
        {
            var values = map.Channel(channels[i]);
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    double sum = 0;
                    for (int dy = 0; dy < step; dy++)
                        for (int dx = 0; dx < step; dx++) sum += values[(((y * step) + dy) * map.Width) + (x * step) + dx];
                    int at = 3 * ((y * full) + (i * (width + 1)) + x);
                    (pixels[at], pixels[at + 1], pixels[at + 2]) = Of(sum / (step * step) / Math.Max(scale, 1e-30));
                }
            }
        }

        return (HtmlPage.PngSource(PngWriter.Encode(pixels, full, height, 3)), full, height);
    }
}
