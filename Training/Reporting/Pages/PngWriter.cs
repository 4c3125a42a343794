using System.Buffers.Binary;
using System.IO.Compression;

namespace WrnEngine.Training.Reporting.Pages;

/// <summary>
/// Writes PNG images of 8 bits a channel (ISO/IEC 15948). Each row takes the filter whose differences are smallest in sum, the rule of thumb of
/// the standard's clause 12.8. The same pixels always give the same bytes.
/// </summary>
internal static class PngWriter
{
    private const int FilterCount = 5; // none, sub, up, average, Paeth
    private const int HeaderLength = 13;
    private const byte BitDepth = 8;

    private static readonly uint[] CrcTable = MakeCrcTable();

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    /// <summary>Encodes an image.</summary>
    /// <param name="pixels">[height, width, channels], row by row from the top.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="channels">1: grey, 3: RGB, 4: RGB and alpha.</param>
    /// <returns>The bytes of the file.</returns>
    /// <exception cref="ArgumentException">The pixels are not as many as the sizes say, or there are none.</exception>
    public static byte[] Encode(ReadOnlySpan<byte> pixels, int width, int height, int channels)
    {
        byte colourType = channels switch
        {
            1 => 0,
            3 => 2,
            4 => 6,
            _ => throw new ArgumentException($"A PNG image has 1, 3 or 4 channels, not {channels}.", nameof(channels)),
        };
        if (width <= 0 || height <= 0 || pixels.Length != (long)width * height * channels)
            throw new ArgumentException($"{pixels.Length} bytes are not the pixels of {width} x {height} with {channels} channels.", nameof(pixels));

        using var file = new MemoryStream();
        file.Write(Signature);
        Span<byte> header = stackalloc byte[HeaderLength];
        header.Clear(); // deflate, adaptive filters, not interlaced
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        (header[8], header[9]) = (BitDepth, colourType);
        WriteChunk(file, "IHDR"u8, header);
        WriteChunk(file, "IDAT"u8, Compress(pixels, width * channels, channels));
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static byte[] Compress(ReadOnlySpan<byte> pixels, int stride, int channels)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            byte[] tried = new byte[stride + 1], best = new byte[stride + 1], zeros = new byte[stride];
            ReadOnlySpan<byte> above = zeros;
            for (int start = 0; start < pixels.Length; start += stride)
            {
                var row = pixels.Slice(start, stride);
                long smallest = long.MaxValue;
                for (byte filter = 0; filter < FilterCount; filter++)
                {
                    long size = Filter(filter, row, above, channels, tried);
                    if (size >= smallest) continue;
                    smallest = size;
                    (best, tried) = (tried, best);
                }

                zlib.Write(best);
                above = row;
            }
        }

        return compressed.ToArray();
    }

    /// <summary>Writes the filter's number and the row's differences, and gives the sum of their sizes as signed bytes.</summary>
    private static long Filter(byte filter, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int channels, Span<byte> output)
    {
        long size = 0;
        output[0] = filter;
        for (int i = 0; i < row.Length; i++)
        {
            int left = i < channels ? 0 : row[i - channels], up = above[i], corner = i < channels ? 0 : above[i - channels];
            int predicted = filter switch
            {
                0 => 0,
                1 => left,
                2 => up,
                3 => (left + up) / 2,
                _ => Paeth(left, up, corner),
            };
            byte difference = (byte)(row[i] - predicted);
            output[i + 1] = difference;
            size += Math.Abs((int)(sbyte)difference);
        }

        return size;
    }

    /// <summary>Of the three neighbours the one nearest to left + up - corner.</summary>
    private static int Paeth(int left, int up, int corner)
    {
        int toLeft = Math.Abs(up - corner), toUp = Math.Abs(left - corner), toCorner = Math.Abs(left + up - (2 * corner));
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }

    private static void WriteChunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(type);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, type), data));
        file.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes) crc = CrcTable[(byte)(crc ^ b)] ^ (crc >> 8);
        return crc;
    }

    private static uint[] MakeCrcTable()
    {
        const uint Polynomial = 0xEDB88320; // CRC-32 of zlib and PNG, lowest bit first
        uint[] table = new uint[256];
        for (uint n = 0; n < table.Length; n++)
        {
            uint crc = n;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? Polynomial ^ (crc >> 1) : crc >> 1;
            table[n] = crc;
        }

        return table;
    }
}
