using System.Numerics;
using System.Runtime.InteropServices;

namespace WrnEngine.Training.Data;

/// <summary>Turns the bytes of one image into the floats that a network reads. Safe to use on several threads.</summary>
public abstract class SampleTransform
{
    /// <summary>Writes one sample.</summary>
    /// <param name="images">The data set.</param>
    /// <param name="index">The image's index in it.</param>
    /// <param name="epoch">The epoch, for what is random.</param>
    /// <param name="destination">[H, W, 3] floats.</param>
    public abstract void Apply(ImageDataset images, int index, int epoch, Span<float> destination);

    /// <summary>What the augmentation op of a device has to be told to give the same samples, bit for bit; null where it can't.</summary>
    internal virtual DeviceTransform? OnDevice => null;
}

/// <summary>Normalises, and nothing else: what evaluation reads.</summary>
public sealed class NormalizeTransform : SampleTransform
{
    private readonly RowNormalizer _row;

    /// <summary>For images of <paramref name="width"/> columns.</summary>
    public NormalizeTransform(ChannelNormalization normalization, int width)
    {
        _row = new RowNormalizer(normalization, width);
        OnDevice = new DeviceTransform(normalization, Seed: 0, Padding: 0, Flip: false);
    }

    /// <inheritdoc/>
    internal override DeviceTransform OnDevice { get; }

    /// <inheritdoc/>
    public override void Apply(ImageDataset images, int index, int epoch, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(images);
        ReadOnlySpan<byte> image = images.Image(index);
        int stride = images.Width * ImageDataset.Channels;
        for (int y = 0; y < images.Height; y++)
            _row.Apply(image.Slice(y * stride, stride), destination.Slice(y * stride, stride));
    }
}

/// <summary>The paper's augmentation (<see cref="CropFlip"/>) and normalisation, straight from bytes to floats.</summary>
public sealed class CropFlipTransform : SampleTransform
{
    private readonly RowNormalizer _row;
    private readonly ulong _seed;
    private readonly int _padding;

    /// <summary>For images of <paramref name="width"/> columns, in a run with the given seed; <paramref name="padding"/> pixels are added on every side.</summary>
    public CropFlipTransform(ChannelNormalization normalization, int width, ulong seed, int padding = CropFlip.Padding)
    {
        if (width <= padding)
            throw new ArgumentException($"Reflecting {padding} pixels needs images wider than that, not {width}.", nameof(width));
        _row = new RowNormalizer(normalization, width);
        (_seed, _padding) = (seed, padding);
        OnDevice = new DeviceTransform(normalization, seed, padding, Flip: true);
    }

    /// <inheritdoc/>
    internal override DeviceTransform OnDevice { get; }

    /// <inheritdoc/>
    public override void Apply(ImageDataset images, int index, int epoch, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Height <= _padding)
        {
            throw new ArgumentException(
                $"Reflecting {_padding} pixels needs images higher than that, not {images.Height}.", nameof(images));
        }

        var move = CropFlip.Draw(_seed, index, epoch, _padding);
        ReadOnlySpan<byte> image = images.Image(index);
        int stride = images.Width * ImageDataset.Channels;

        Span<int> columns = stackalloc int[images.Width];
        move.SourceColumns(columns);

        Span<byte> moved = stackalloc byte[stride];
        for (int y = 0; y < images.Height; y++)
        {
            CropFlip.MoveRow(image.Slice(move.SourceRow(y, images.Height) * stride, stride), columns, moved);
            _row.Apply(moved, destination.Slice(y * stride, stride));
        }
    }
}

/// <summary>(x - mean) * (1 / std) over a row of interleaved bytes; the constants are laid out as the row is.</summary>
internal sealed class RowNormalizer
{
    private readonly float[] _mean;
    private readonly float[] _scale;

    public RowNormalizer(ChannelNormalization normalization, int width)
    {
        ArgumentNullException.ThrowIfNull(normalization);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        _mean = new float[width * ImageDataset.Channels];
        _scale = new float[_mean.Length];
        for (int i = 0; i < _mean.Length; i++)
        {
            _mean[i] = normalization.Mean[i % ImageDataset.Channels];
            _scale[i] = 1 / normalization.Std[i % ImageDataset.Channels];
        }
    }

    public void Apply(ReadOnlySpan<byte> source, Span<float> destination)
    {
        if (source.Length != _mean.Length || destination.Length != _mean.Length)
            throw new ArgumentException($"A row of {_mean.Length} values was expected, not {source.Length} to {destination.Length}.");
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref float to = ref MemoryMarshal.GetReference(destination);
        int i = 0;
        for (; i <= source.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(Vector.LoadUnsafe(ref from, (nuint)i), out Vector<ushort> low, out Vector<ushort> high);
            Vector.Widen(low, out Vector<uint> x0, out Vector<uint> x1);
            Vector.Widen(high, out Vector<uint> x2, out Vector<uint> x3);
            Store(x0, i, ref to);
            Store(x1, i + Vector<float>.Count, ref to);
            Store(x2, i + (2 * Vector<float>.Count), ref to);
            Store(x3, i + (3 * Vector<float>.Count), ref to);
        }

        for (; i < source.Length; i++)
            destination[i] = (source[i] - _mean[i]) * _scale[i];
    }

    private void Store(Vector<uint> x, int i, ref float to)
    {
        // Bytes are small, so the signed conversion, which every instruction set has, does as well.
        Vector<float> value = Vector.ConvertToSingle(Vector.AsVectorInt32(x));
        value = (value - Vector.LoadUnsafe(ref _mean[0], (nuint)i)) * Vector.LoadUnsafe(ref _scale[0], (nuint)i);
        value.StoreUnsafe(ref to, (nuint)i);
    }
}
