using System.Numerics;
using System.Runtime.CompilerServices;

namespace WrnEngine.Training.Data;

/// <summary>The classes of the procedural set, in the order of the labels: five textures, five shapes.</summary>
internal enum SyntheticFigure
{
    Stripes,
    Checks,
    Dots,
    Zigzag,
    Blotches,
    Disc,
    Square,
    Triangle,
    Cross,
    Ring,
}

/// <summary>Where a figure lies, how it is turned, and how large it is.</summary>
/// <param name="X">Column of its centre.</param>
/// <param name="Y">Row of its centre.</param>
/// <param name="Cos">Its direction.</param>
/// <param name="Sin">Its direction.</param>
/// <param name="Radius">Its extent, in pixels.</param>
/// <param name="Period">Repeat length, for a texture, in pixels.</param>
internal readonly record struct SyntheticPlace(float X, float Y, float Cos, float Sin, float Radius, float Period);

/// <summary>
/// How much of each pixel a figure covers, 0 to 1, for a vector of pixels in a row. Only operations that IEEE 754 rounds the same way
/// everywhere are used, so the set is the same on every machine and for every vector length.
/// </summary>
internal static class SyntheticCoverage
{
    /// <summary>No figure goes further than this many radii from its centre (the corners of the triangle do).</summary>
    public const float Reach = 1.25f;

    private static Vector<float> Half => new(0.5f);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // a set is drawn once, at the start of a process: no time for tiering
    public static Vector<float> At(SyntheticFigure figure, in SyntheticPlace place, Vector<float> x, float y)
    {
        Vector<float> dx = x - new Vector<float>(place.X);
        float dy = y - place.Y;
        Vector<float> u = (dx * place.Cos) + new Vector<float>(dy * place.Sin);
        Vector<float> v = new Vector<float>(dy * place.Cos) - (dx * place.Sin);
        return figure switch
        {
            SyntheticFigure.Stripes => Inside(Length(u, v), place.Radius) * Band(u, place.Period),
            SyntheticFigure.Checks => Inside(Length(u, v), place.Radius) * Differ(Band(u, place.Period), Band(v, place.Period)),
            SyntheticFigure.Dots => Inside(Length(u, v), place.Radius) * Dots(u, v, place.Period),
            SyntheticFigure.Zigzag => Inside(Length(u, v), place.Radius)
                * Band(u + (Triangle(v / (2 * place.Period)) * (1.2f * place.Period)), place.Period),
            SyntheticFigure.Blotches => Inside(Length(u, v), place.Radius) * Blotches(u, v, place.Period),
            SyntheticFigure.Disc => Inside(Length(u, v), place.Radius),
            SyntheticFigure.Square => Inside(Vector.Max(Vector.Abs(u), Vector.Abs(v)), 0.85f * place.Radius),
            SyntheticFigure.Triangle => Inside(
                Vector.Max((Vector.Abs(u) * 0.8660254f) + (v * 0.5f), -v), 0.62f * place.Radius),
            SyntheticFigure.Cross => Vector.Max(Bar(u, v, place.Radius), Bar(v, u, place.Radius)),
            _ => Inside(Vector.Abs(Length(u, v) - new Vector<float>(0.75f * place.Radius)), 0.25f * place.Radius),
        };
    }

    /// <summary>A straight bar through the whole image, along v.</summary>
    public static Vector<float> Bar(in SyntheticPlace place, Vector<float> x, float y)
    {
        Vector<float> across = ((x - new Vector<float>(place.X)) * place.Cos) + new Vector<float>((y - place.Y) * place.Sin);
        return Inside(Vector.Abs(across), place.Radius);
    }

    /// <summary>A triangle wave: falls from 1 to 0 and rises again over one unit.</summary>
    public static Vector<float> Triangle(Vector<float> t)
    {
        Vector<float> fraction = t - Vector.Floor(t);
        return Vector.Abs(fraction + fraction - Vector<float>.One);
    }

    private static Vector<float> Bar(Vector<float> along, Vector<float> across, float radius) =>
        Inside(Vector.Max(Vector.Abs(along) - new Vector<float>(radius), Vector.Abs(across) - new Vector<float>(0.32f * radius)), 0);

    /// <summary>1 where a distance is below the limit, with an edge one pixel wide.</summary>
    private static Vector<float> Inside(Vector<float> distance, float limit) =>
        Clamp(new Vector<float>(limit + 0.5f) - distance);

    private static Vector<float> Band(Vector<float> t, float period) =>
        Clamp(Half + ((Triangle(t / period) - Half) * (0.5f * period)));

    private static Vector<float> Differ(Vector<float> a, Vector<float> b) => a + b - (2 * a * b);

    private static Vector<float> Dots(Vector<float> u, Vector<float> v, float period)
    {
        Vector<float> cu = u / period, cv = v / period;
        cu = cu - Vector.Floor(cu) - Half;
        cv = cv - Vector.Floor(cv) - Half;
        return Inside(Length(cu, cv) * period, 0.3f * period);
    }

    /// <summary>Where three waves of directions and lengths that don't fit each other add up to more than their mean.</summary>
    private static Vector<float> Blotches(Vector<float> u, Vector<float> v, float period)
    {
        float length = 1.9f * period;
        Vector<float> sum = Triangle(u / length)
            + Triangle(((u * 0.31f) + (v * 0.95f)) / (0.83f * length))
            + Triangle(((u * 0.72f) - (v * 0.69f)) / (0.61f * length));
        return Clamp(Half + ((sum - new Vector<float>(1.5f)) * (0.5f * period)));
    }

    private static Vector<float> Length(Vector<float> u, Vector<float> v) => Vector.SquareRoot((u * u) + (v * v));

    private static Vector<float> Clamp(Vector<float> x) => Vector.Min(Vector.Max(x, Vector<float>.Zero), Vector<float>.One);
}
