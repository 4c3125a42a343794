using WrnEngine.Rng;
using WrnEngine.Training.Data.Decoding;

namespace WrnEngine.Training.Data;

/// <summary>
/// How one training image is varied for ImageNet, as in fb.resnet.torch, which the paper's authors trained with: a part of 8 to 100 % of its
/// area and an aspect of 3/4 to 4/3, scaled to the network's size; brightness, contrast and saturation by up to 40 % in random order;
/// lighting along the principal components of ImageNet's colours; mirrored or not.
/// </summary>
/// <remarks>
/// Random numbers: purpose <see cref="RandomPurpose.Augment"/>, counted by data-set index and epoch. Ordinal 1, blocks 2 i and 2 i + 1: attempt
/// i at a part (area, aspect, row, column; swap). Ordinal 2: block 0 order, brightness, contrast, saturation; block 1 lighting; block 2 flip.
/// </remarks>
/// <param name="Part">The part of the image.</param>
/// <param name="IsWhole">True when no part fitted in ten attempts: the centre of the image is shown instead.</param>
/// <param name="Order">Which of the six orders the three colour changes come in.</param>
/// <param name="Brightness">Factor, 0.6 to 1.4.</param>
/// <param name="Contrast">Factor, 0.6 to 1.4.</param>
/// <param name="Saturation">Factor, 0.6 to 1.4.</param>
/// <param name="Lighting">Three normal numbers of deviation 0.1.</param>
/// <param name="Flip">Whether the result is mirrored.</param>
internal readonly record struct ImageNetDraw(
    PixelBox Part, bool IsWhole, int Order, float Brightness, float Contrast, float Saturation, (double A, double B, double C) Lighting, bool Flip)
{
    private const int PartOrdinal = 1, ColourOrdinal = 2;
    private const uint Attempts = 10;
    private const float MinArea = 0.08f, MinAspect = 3f / 4, MaxAspect = 4f / 3, Jitter = 0.4f;
    private const double LightingDeviation = 0.1;

    /// <summary>The draw for a sample of the given size.</summary>
    public static ImageNetDraw Draw(ulong seed, int index, int epoch, int height, int width)
    {
        PhiloxBlock colour = Colour(0), light = Colour(1), flip = Colour(2);
        (double a, double b) = Normal(light.X, light.Y);
        (double c, _) = Normal(light.Z, light.W);
        PixelBox? part = Parts(seed, index, epoch, height, width);
        return new ImageNetDraw(
            part ?? new PixelBox(0, 0, height, width), part is null, (int)Philox.Below(colour.X, 6),
            Factor(colour.Y), Factor(colour.Z), Factor(colour.W),
            (LightingDeviation * a, LightingDeviation * b, LightingDeviation * c), Philox.Uniform(flip.X) < 0.5f);

        PhiloxBlock Colour(uint block) => Philox.Block(seed, block, (uint)index, (uint)epoch, RandomPurpose.Augment, ColourOrdinal);
        static float Factor(uint word) => 1 - Jitter + (2 * Jitter * Philox.Uniform(word));
    }

    private static PixelBox? Parts(ulong seed, int index, int epoch, int height, int width)
    {
        for (uint attempt = 0; attempt < Attempts; attempt++)
        {
            PhiloxBlock words = Block(2 * attempt), more = Block((2 * attempt) + 1);
            double area = (MinArea + ((1 - MinArea) * Philox.Uniform(words.X))) * ((double)height * width);
            double aspect = MinAspect + ((MaxAspect - MinAspect) * Philox.Uniform(words.Y));
            int w = (int)Math.Round(Math.Sqrt(area * aspect)), h = (int)Math.Round(Math.Sqrt(area / aspect));
            if (Philox.Uniform(more.X) < 0.5f)
                (w, h) = (h, w);
            if (w >= 1 && h >= 1 && w <= width && h <= height)
                return new PixelBox((int)Philox.Below(words.Z, (uint)(height - h + 1)), (int)Philox.Below(words.W, (uint)(width - w + 1)), h, w);
        }

        return null;

        PhiloxBlock Block(uint block) => Philox.Block(seed, block, (uint)index, (uint)epoch, RandomPurpose.Augment, PartOrdinal);
    }

    /// <summary>Two normal numbers by Box and Muller; 1 - u keeps the logarithm finite.</summary>
    private static (double First, double Second) Normal(uint a, uint b)
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - (double)Philox.Uniform(a)));
        (double sin, double cos) = Math.SinCos(2 * Math.PI * Philox.Uniform(b));
        return (radius * cos, radius * sin);
    }
}
