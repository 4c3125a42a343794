using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace WrnEngine.Training.Data;

/// <summary>
/// Mean and standard deviation per channel, on the 0-255 scale. A pixel becomes (x - mean) * (1 / std), subtraction first, all in
/// float32: neither step can be contracted to a fused multiply-add, so every device gets the same bits.
/// </summary>
public sealed class ChannelNormalization
{
    /// <summary>Where images have to be decoded for it, no more than that many are looked at.</summary>
    internal const int MaxDecoded = 10_240;

    private const int GroupSize = 48; // bytes: the least common multiple of 3 channels and a 16-byte vector

    private readonly float[] _mean;
    private readonly float[] _std;

    /// <summary>Three means and three standard deviations; a deviation of zero (one flat colour) counts as one.</summary>
    public ChannelNormalization(ReadOnlySpan<float> mean, ReadOnlySpan<float> std)
    {
        if (mean.Length != ImageDataset.Channels || std.Length != ImageDataset.Channels)
            throw new ArgumentException($"A normalisation has {ImageDataset.Channels} means and deviations, not {mean.Length} and {std.Length}.");
        _mean = mean.ToArray();
        _std = std.ToArray();
        foreach (ref float value in _std.AsSpan())
            if (!(value > 0))
                value = 1;
    }

    /// <summary>The constants in the authors' code, which it applies to every data set: CIFAR-10's, rounded.</summary>
    public static ChannelNormalization Paper { get; } = new([125.3f, 123.0f, 113.9f], [63.0f, 62.1f, 66.7f]);

    /// <summary>Pixels divided by 255, the authors' choice for SVHN.</summary>
    public static ChannelNormalization Unit { get; } = new([0, 0, 0], [255, 255, 255]);

    /// <summary>The usual constants for ImageNet.</summary>
    public static ChannelNormalization ImageNet { get; } =
        new([0.485f * 255, 0.456f * 255, 0.406f * 255], [0.229f * 255, 0.224f * 255, 0.225f * 255]);

    /// <summary>[3] means, 0-255.</summary>
    public ReadOnlySpan<float> Mean => _mean;

    /// <summary>[3] standard deviations (of the population), 0-255.</summary>
    public ReadOnlySpan<float> Std => _std;

    /// <summary>
    /// The constants of a data set, from every pixel of every image; from 10,240 images spread over the set where each of them has to be
    /// decoded for it. The sums are integers, so they are exact and the same for any number of threads.
    /// </summary>
    public static ChannelNormalization Of(ImageDataset images, int threads)
    {
        ArgumentNullException.ThrowIfNull(images);
        const int ImagesPerChunk = 512;
        ulong pixels = 0;
        ulong[] totals = new ulong[2 * ImageDataset.Channels];
        int stride = Stride(images);
        int count = (images.Count + stride - 1) / stride;
        int chunks = (count + ImagesPerChunk - 1) / ImagesPerChunk;
        DataFolder.InParallel(chunks, threads, chunk =>
        {
            Span<ulong> sums = stackalloc ulong[2 * ImageDataset.Channels];
            ulong seen = 0;
            for (int i = chunk * ImagesPerChunk; i < Math.Min(count, (chunk + 1) * ImagesPerChunk); i++)
            {
                RgbImage image = images.Read(i * stride);
                AddImage(image.Pixels, sums);
                seen += (ulong)image.Height * (ulong)image.Width;
            }

            lock (totals)
            {
                pixels += seen;
                for (int i = 0; i < sums.Length; i++)
                    totals[i] += sums[i];
            }
        });

        pixels = Math.Max(1, pixels);
        Span<float> mean = stackalloc float[ImageDataset.Channels];
        Span<float> std = stackalloc float[ImageDataset.Channels];
        for (int c = 0; c < ImageDataset.Channels; c++)
        {
            double m = totals[c] / (double)pixels;
            mean[c] = (float)m;
            std[c] = (float)Math.Sqrt(Math.Max(0, (totals[ImageDataset.Channels + c] / (double)pixels) - (m * m)));
        }

        return new ChannelNormalization(mean, std);
    }

    /// <summary>Every how many images one is looked at.</summary>
    internal static int Stride(ImageDataset images) => images.IsInMemory ? 1 : Math.Max(1, (images.Count + MaxDecoded - 1) / MaxDecoded);

    /// <summary>Adds the sums (0..2) and the sums of squares (3..5) of one interleaved image.</summary>
    private static void AddImage(ReadOnlySpan<byte> image, Span<ulong> sums)
    {
        const int GroupsPerFlush = 256; // 256 groups of bytes fit a 16-bit lane, and their squares a 32-bit lane
        ref byte source = ref MemoryMarshal.GetReference(image);
        Span<ushort> lanes = stackalloc ushort[GroupSize];
        Span<uint> squares = stackalloc uint[GroupSize];
        int whole = image.Length / GroupSize;
        for (int group = 0; group < whole; group += GroupsPerFlush)
        {
            int end = Math.Min(whole, group + GroupsPerFlush);
            for (int part = 0; part < GroupSize; part += Vector128<byte>.Count)
            {
                Vector128<ushort> sumLow = default, sumHigh = default;
                Vector128<uint> square0 = default, square1 = default, square2 = default, square3 = default;
                for (int g = group; g < end; g++)
                {
                    (Vector128<ushort> low, Vector128<ushort> high) =
                        Vector128.Widen(Vector128.LoadUnsafe(ref source, (nuint)((g * GroupSize) + part)));
                    sumLow += low;
                    sumHigh += high;
                    (Vector128<uint> a, Vector128<uint> b) = Vector128.Widen(low * low);
                    (Vector128<uint> c, Vector128<uint> d) = Vector128.Widen(high * high);
                    square0 += a;
                    square1 += b;
                    square2 += c;
                    square3 += d;
                }

                sumLow.CopyTo(lanes[part..]);
                sumHigh.CopyTo(lanes[(part + 8)..]);
                square0.CopyTo(squares[part..]);
                square1.CopyTo(squares[(part + 4)..]);
                square2.CopyTo(squares[(part + 8)..]);
                square3.CopyTo(squares[(part + 12)..]);
            }

            for (int i = 0; i < GroupSize; i++)
            {
                sums[i % 3] += lanes[i];
                sums[3 + (i % 3)] += squares[i];
            }
        }

        for (int i = whole * GroupSize; i < image.Length; i++)
        {
            sums[i % 3] += image[i];
            sums[3 + (i % 3)] += (ulong)(image[i] * image[i]);
        }
    }
}
