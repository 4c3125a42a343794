using System.Numerics;
using System.Runtime.CompilerServices;
using WrnEngine.Rng;

namespace WrnEngine.Training.Data;

/// <summary>Draws one image of the procedural set after the other, in memory that it keeps. One canvas per thread.</summary>
internal sealed class SyntheticCanvas
{
    public const int Side = 32;
    public const int ImageSize = PlaneSize * ImageDataset.Channels;
    private const int PlaneSize = Side * Side;
    private const int NoiseOrdinal = 1;
    private const int FigureCount = 10;
    private const int TextureCount = 5;

    private readonly float[] _planes = new float[ImageSize]; // [3, H, W]

    /// <summary>Draws the image of one sample.</summary>
    /// <param name="seed">The data seed.</param>
    /// <param name="sample">Its index in the whole set, test images after training images.</param>
    /// <param name="figure">Its class.</param>
    /// <param name="pixels">[H, W, 3] bytes.</param>
    public void Draw(ulong seed, uint sample, SyntheticFigure figure, Span<byte> pixels)
    {
        var random = new SyntheticRandom(seed, sample);
        var background = new Vector3(random.Range(40, 215), random.Range(40, 215), random.Range(40, 215));
        float contrast = random.Range(SyntheticDifficulty.MinContrast, SyntheticDifficulty.MaxContrast);
        FillBackground(ref random, background);
        DrawBackgroundTexture(ref random, background, contrast);
        DrawDistractors(ref random, background, contrast);
        Paint(figure, Place(ref random, SyntheticDifficulty.MinRadius, SyntheticDifficulty.MaxRadius, SyntheticDifficulty.MaxOffset),
            Shifted(ref random, background, contrast));
        if (random.Range(0, 1) < SyntheticDifficulty.BarChance)
            DrawBar(ref random);
        WriteWithNoise(seed, sample, random.Range(SyntheticDifficulty.MinNoise, SyntheticDifficulty.MaxNoise), pixels);
    }

    /// <summary>A colour that changes slowly across the image.</summary>
    private void FillBackground(ref SyntheticRandom random, Vector3 colour)
    {
        (float cos, float sin) = random.Direction();
        float length = random.Range(30, 80), phase = random.Range(0, 1);
        var change = new Vector3(random.Range(-40, 40), random.Range(-40, 40), random.Range(-40, 40));
        for (int y = 0; y < Side; y++)
        {
            for (int x = 0; x < Side; x += Vector<float>.Count)
            {
                Vector<float> t = ((Columns(x) * cos) + new Vector<float>(y * sin)) / length;
                Vector<float> wave = SyntheticCoverage.Triangle(t + new Vector<float>(phase)) - new Vector<float>(0.5f);
                int at = (y * Side) + x;
                for (int c = 0; c < ImageDataset.Channels; c++)
                    (new Vector<float>(colour[c]) + (wave * change[c])).CopyTo(_planes, (c * PlaneSize) + at);
            }
        }
    }

    private void DrawBackgroundTexture(ref SyntheticRandom random, Vector3 background, float contrast)
    {
        var texture = (SyntheticFigure)random.Below(TextureCount);
        float strength = random.Range(0, SyntheticDifficulty.MaxBackgroundTexture);
        SyntheticPlace place = Place(ref random, Side, Side, SyntheticDifficulty.MaxOffset);
        Paint(texture, place, Shifted(ref random, background, contrast * strength));
    }

    private void DrawDistractors(ref SyntheticRandom random, Vector3 background, float contrast)
    {
        for (int count = random.Below(SyntheticDifficulty.MaxDistractors + 1); count > 0; count--)
        {
            var figure = (SyntheticFigure)random.Below(FigureCount);
            SyntheticPlace place = Place(
                ref random, SyntheticDifficulty.MinDistractorRadius, SyntheticDifficulty.MaxDistractorRadius, Side / 2);
            Paint(figure, place, Shifted(ref random, background, contrast));
        }
    }

    private void DrawBar(ref SyntheticRandom random)
    {
        (float cos, float sin) = random.Direction();
        var place = new SyntheticPlace(
            random.Range(4, Side - 4), random.Range(4, Side - 4), cos, sin,
            random.Range(SyntheticDifficulty.MinBarWidth, SyntheticDifficulty.MaxBarWidth) / 2, 0);
        var colour = new Vector3(random.Range(0, 255), random.Range(0, 255), random.Range(0, 255));
        for (int y = 0; y < Side; y++)
            for (int x = 0; x < Side; x += Vector<float>.Count)
                Blend(x, y, SyntheticCoverage.Bar(place, Columns(x), y), colour);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Paint(SyntheticFigure figure, in SyntheticPlace place, Vector3 colour)
    {
        float reach = (place.Radius * SyntheticCoverage.Reach) + 1;
        int firstRow = Math.Max(0, (int)(place.Y - reach)), lastRow = Math.Min(Side - 1, (int)(place.Y + reach) + 1);
        for (int y = firstRow; y <= lastRow; y++)
            for (int x = 0; x < Side; x += Vector<float>.Count)
                Blend(x, y, SyntheticCoverage.At(figure, place, Columns(x), y), colour);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Blend(int x, int y, Vector<float> coverage, Vector3 colour)
    {
        int at = (y * Side) + x;
        BlendPlane(at, coverage, colour.X);
        BlendPlane(PlaneSize + at, coverage, colour.Y);
        BlendPlane((2 * PlaneSize) + at, coverage, colour.Z);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void BlendPlane(int at, Vector<float> coverage, float colour)
    {
        var below = new Vector<float>(_planes, at);
        (below + (coverage * (new Vector<float>(colour) - below))).CopyTo(_planes, at);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WriteWithNoise(ulong seed, uint sample, float noise, Span<byte> pixels)
    {
        const int BlockValues = 16; // each byte of a block is one deviation; elements count as NCHW, as everywhere
        const int BlocksPerPlane = PlaneSize / BlockValues;
        float scale = noise / 127.5f;
        for (int block = 0; block < ImageDataset.Channels * BlocksPerPlane; block++)
        {
            PhiloxBlock words = Philox.Block(seed, (uint)block, sample, 0, RandomPurpose.Synthetic, NoiseOrdinal);
            ReadOnlySpan<float> values = _planes.AsSpan(block * BlockValues, BlockValues);
            int to = (block % BlocksPerPlane * BlockValues * ImageDataset.Channels) + (block / BlocksPerPlane);
            for (int i = 0; i < BlockValues; i++, to += ImageDataset.Channels)
            {
                byte random = (byte)(words[i / 4] >> (8 * (i % 4)));
                float value = values[i] + ((random - 127.5f) * scale);
                pixels[to] = (byte)(MathF.Min(MathF.Max(value, 0), 255) + 0.5f);
            }
        }
    }

    private static SyntheticPlace Place(ref SyntheticRandom random, float minRadius, float maxRadius, float maxOffset)
    {
        const float Middle = (Side - 1) / 2f;
        float x = Middle + random.Range(-maxOffset, maxOffset), y = Middle + random.Range(-maxOffset, maxOffset);
        (float cos, float sin) = random.Direction();
        float radius = random.Range(minRadius, maxRadius);
        return new SyntheticPlace(x, y, cos, sin, radius, random.Range(SyntheticDifficulty.MinPeriod, SyntheticDifficulty.MaxPeriod));
    }

    /// <summary>A colour at the given distance from another, in a random direction, turned inwards where it would leave the cube.</summary>
    private static Vector3 Shifted(ref SyntheticRandom random, Vector3 colour, float distance)
    {
        var direction = new Vector3(random.Range(-1, 1), random.Range(-1, 1), random.Range(-1, 1));
        float length = MathF.Sqrt((direction.X * direction.X) + (direction.Y * direction.Y) + (direction.Z * direction.Z));
        direction *= distance / MathF.Max(length, 0.05f);
        for (int c = 0; c < ImageDataset.Channels; c++)
            if (colour[c] + direction[c] is < 0 or > 255)
                direction[c] = -direction[c];
        return colour + direction;
    }

    private static Vector<float> Columns(int x) => Vector<float>.Indices + new Vector<float>(x);
}
