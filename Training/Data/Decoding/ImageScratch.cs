using System.Runtime.InteropServices;

namespace WrnEngine.Training.Data.Decoding;

/// <summary>The buffers of one thread that decodes and resizes images. They grow to the largest image and stay, so no image allocates.</summary>
internal sealed class ImageScratch
{
    private const int LargestKept = 1 << 26; // one giant among a million photographs doesn't keep its memory

    [ThreadStatic]
    private static ImageScratch? _ofThread;

    private byte[] _file = [];
    private byte[] _rgba = [];
    private byte[] _rgb = [];
    private byte[] _rows = [];
    private byte[] _fitted = [];
    private byte[] _cropped = [];
    private int[] _weights = [];

    /// <summary>The buffers of the calling thread.</summary>
    public static ImageScratch OfThread => _ofThread ??= new ImageScratch();

    /// <summary>A file as it is.</summary>
    public byte[] File(int length) => Array(ref _file, length);

    /// <summary>What the decoder writes, [H, W, 4].</summary>
    public byte[] Rgba(int length) => Array(ref _rgba, length);

    /// <summary>A decoded image, [H, W, 3].</summary>
    public Span<byte> Rgb(int length) => Array(ref _rgb, length).AsSpan(0, length);

    /// <summary>Rows resized to their new width, between the two passes of the resampler.</summary>
    public Span<byte> Rows(int length) => Array(ref _rows, length).AsSpan(0, length);

    /// <summary>An image resized by its store.</summary>
    public Span<byte> Fitted(int length) => Array(ref _fitted, length).AsSpan(0, length);

    /// <summary>An image resized by a transform.</summary>
    public Span<byte> Cropped(int length) => Array(ref _cropped, length).AsSpan(0, length);

    /// <summary>The resampler's weights.</summary>
    public Span<int> Weights(int length) => Array(ref _weights, length).AsSpan(0, length);

    private static T[] Array<T>(ref T[] held, int length)
    {
        if (held.Length >= length)
            return held;
        T[] array = GC.AllocateUninitializedArray<T>(length);
        if ((long)length * Marshal.SizeOf<T>() <= LargestKept)
            held = array;
        return array;
    }
}
