using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SkiaSharp;

namespace WrnEngine.Training.Data.Decoding;

/// <summary>
/// Decodes PNG and JPEG files to RGB bytes with Skia. Grey becomes three equal channels, alpha is dropped (as Pillow's
/// <c>convert("RGB")</c> drops it), colour profiles and the orientation in EXIF data are ignored. The header is judged before anything is
/// allocated: no image may claim more pixels than its file can hold.
/// </summary>
internal static class ImageDecoder
{
    /// <summary>The largest file, in bytes.</summary>
    public const int MaxFileSize = 1 << 26;

    /// <summary>The most pixels; 256 MiB while they are decoded.</summary>
    public const int MaxPixels = 1 << 26;

    /// <summary>The longest side; no JPEG can be longer.</summary>
    public const int MaxSide = 65_535;

    // What one byte of a file can stand for at most. A JPEG spends at least one bit on each block of 8 x 8 pixels. Deflate, in a PNG, makes
    // at most 1032 bytes of one, and each of those may be 8 pixels of one bit.
    private const long MaxJpegPixelsPerByte = 8 * 64;
    private const long MaxPngPixelsPerByte = 1032 * 8;

    /// <summary>The most pixels that a byte of a file may stand for.</summary>
    public const long MaxPixelsPerByte = MaxPngPixelsPerByte;

    /// <summary>Rows and columns, from the header.</summary>
    /// <exception cref="DatasetException">The file can't be read, or isn't an image that this reads.</exception>
    public static (int Height, int Width) ReadSize(string path)
    {
        int length = ReadFile(path, ImageScratch.OfThread, out byte[] content);
        using var image = OpenedImage.Open(path, content, length);
        return (image.Height, image.Width);
    }

    /// <summary>Decodes a file into the buffers of the calling thread.</summary>
    /// <exception cref="DatasetException">The file can't be read, or isn't an image that this reads.</exception>
    public static RgbImage Decode(string path)
    {
        ImageScratch scratch = ImageScratch.OfThread;
        int length = ReadFile(path, scratch, out byte[] content);
        return Decode(path, content, length, scratch);
    }

    /// <summary>Decodes the first <paramref name="length"/> bytes of <paramref name="content"/> into the given buffers.</summary>
    /// <exception cref="DatasetException">They aren't an image that this reads.</exception>
    public static RgbImage Decode(string path, byte[] content, int length, ImageScratch scratch)
    {
        using var image = OpenedImage.Open(path, content, length);
        int pixels = image.Height * image.Width;
        byte[] rgba = scratch.Rgba(pixels * 4);
        image.Decode(rgba);
        Span<byte> rgb = scratch.Rgb(pixels * ImageDataset.Channels);
        DropAlpha(rgba.AsSpan(0, pixels * 4), rgb);
        return new RgbImage(rgb, image.Height, image.Width);
    }

    private static int ReadFile(string path, ImageScratch scratch, out byte[] content)
    {
        (int length, content) = DataFolder.Guard(path, () =>
        {
            using var file = File.OpenHandle(path);
            long size = RandomAccess.GetLength(file);
            if (size > MaxFileSize)
                throw Invalid(path, $"has {size:N0} bytes, more than the {MaxFileSize:N0} that are read");
            byte[] buffer = scratch.File((int)size);
            int read = 0, count;
            while (read < size && (count = RandomAccess.Read(file, buffer.AsSpan(read, (int)size - read), read)) > 0)
                read += count;
            return (read, buffer);
        });
        return length;
    }

    private static void DropAlpha(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        ref byte from = ref MemoryMarshal.GetReference(rgba);
        ref byte to = ref MemoryMarshal.GetReference(rgb);
        int pixels = rgb.Length / 3, i = 0;
        Vector128<byte> order = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255);
        for (; i + 6 <= pixels; i += 4) // a store of 16 bytes reaches into the two pixels after its four
            Vector128.Shuffle(Vector128.LoadUnsafe(ref from, (nuint)(4 * i)), order).StoreUnsafe(ref to, (nuint)(3 * i));
        for (; i < pixels; i++)
            rgba.Slice(4 * i, 3).CopyTo(rgb[(3 * i)..]);
    }

    private static ReadOnlySpan<byte> PngSignature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    private static ReadOnlySpan<byte> JpegSignature => [0xFF, 0xD8, 0xFF];

    private static DatasetException Invalid(string path, string finding) =>
        new(DatasetError.Invalid, $"{path} {finding}; replace the file or take it out of the folder.");

    /// <summary>A pinned file and Skia's view of it.</summary>
    private sealed class OpenedImage : IDisposable
    {
        private readonly string _path;
        private readonly SKData _data;
        private readonly SKCodec _codec;
        private GCHandle _pin;

        private OpenedImage(string path, byte[] content, int length)
        {
            _path = path;
            _pin = GCHandle.Alloc(content, GCHandleType.Pinned);
            try
            {
                _data = SKData.Create(_pin.AddrOfPinnedObject(), length);
                _codec = SKCodec.Create(_data) ?? throw Invalid(path, "has a damaged header");
            }
            catch
            {
                _data?.Dispose();
                _pin.Free();
                throw;
            }
        }

        public int Height => _codec.Info.Height;

        public int Width => _codec.Info.Width;

        public static OpenedImage Open(string path, byte[] content, int length)
        {
            if (length == 0)
                throw Invalid(path, "is empty");

            // Skia knows more formats; none but these two is to see a file that nobody vouches for.
            ReadOnlySpan<byte> file = content.AsSpan(0, length);
            if (!file.StartsWith(PngSignature) && !file.StartsWith(JpegSignature))
                throw Invalid(path, "is neither a PNG nor a JPEG image");
            var image = new OpenedImage(path, content, length);
            try
            {
                image.CheckHeader(length);
                return image;
            }
            catch
            {
                image.Dispose();
                throw;
            }
        }

        /// <summary>Writes [H, W, 4] bytes; colours aren't multiplied by alpha.</summary>
        public void Decode(byte[] rgba)
        {
            var info = new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
            GCHandle pin = GCHandle.Alloc(rgba, GCHandleType.Pinned);
            try
            {
                SKCodecResult result = _codec.GetPixels(info, pin.AddrOfPinnedObject());
                if (result == SKCodecResult.IncompleteInput)
                    throw Invalid(_path, "ends before its last pixel");
                if (result != SKCodecResult.Success)
                    throw Invalid(_path, $"can't be decoded ({result})");
            }
            finally
            {
                pin.Free();
            }
        }

        public void Dispose()
        {
            _codec.Dispose();
            _data.Dispose();
            _pin.Free();
        }

        private void CheckHeader(int length)
        {
            long perByte = _codec.EncodedFormat == SKEncodedImageFormat.Jpeg ? MaxJpegPixelsPerByte : MaxPngPixelsPerByte;
            long pixels = (long)Height * Width;
            if (pixels is <= 0 or > MaxPixels || Height > MaxSide || Width > MaxSide)
                throw Invalid(_path, $"has {Width} x {Height} pixels; at most {MaxPixels:N0}, and {MaxSide:N0} a side, are read");
            if (pixels > perByte * length)
                throw Invalid(_path, $"claims {Width} x {Height} pixels, which its {length} bytes can't hold");
        }
    }
}
