using WrnEngine.Training.Data;
using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Reporting.TensorBoard;

/// <summary>Small RGB pictures side by side, row by row, a dark line between them, each pixel as a square of several.</summary>
internal sealed class PixelGrid
{
    private const int Channels = ImageDataset.Channels;

    private readonly int _height, _width, _columns, _scale;
    private readonly byte[] _pixels;

    /// <summary>A grid, about as wide as high.</summary>
    /// <param name="count">Pictures.</param>
    /// <param name="height">Rows of one.</param>
    /// <param name="width">Columns of one.</param>
    /// <param name="scale">Side of the square that a pixel becomes.</param>
    public PixelGrid(int count, int height, int width, int scale = 1)
    {
        (_height, _width, _scale) = (height, width, scale);
        _columns = (int)Math.Ceiling(Math.Sqrt(count));
        int rows = (count + _columns - 1) / _columns;
        (Width, Height) = ((_columns * ((width * scale) + 1)) - 1, (rows * ((height * scale) + 1)) - 1);
        _pixels = new byte[Height * Width * Channels];
    }

    /// <summary>Columns in all.</summary>
    public int Width { get; }

    /// <summary>Rows in all.</summary>
    public int Height { get; }

    /// <summary>Puts a picture into its place.</summary>
    /// <param name="index">Which one, from 0.</param>
    /// <param name="picture">[height, width, 3].</param>
    /// <param name="toByte">From a value and its channel to 0 to 255; what lies outside is cut off.</param>
    public void Set(int index, ReadOnlySpan<float> picture, Func<float, int, float> toByte)
    {
        int top = index / _columns * ((_height * _scale) + 1), left = index % _columns * ((_width * _scale) + 1);
        for (int i = 0; i < picture.Length; i++)
        {
            int x = i / Channels % _width, y = i / Channels / _width, channel = i % Channels;
            byte value = (byte)Math.Clamp(MathF.Round(toByte(picture[i], channel)), byte.MinValue, byte.MaxValue);
            for (int row = 0; row < _scale; row++)
            {
                int start = ((((top + (y * _scale) + row) * Width) + left + (x * _scale)) * Channels) + channel;
                for (int column = 0; column < _scale; column++) _pixels[start + (column * Channels)] = value;
            }
        }
    }

    /// <summary>The grid as a PNG file.</summary>
    public byte[] ToPng() => PngWriter.Encode(_pixels, Width, Height, Channels);
}
