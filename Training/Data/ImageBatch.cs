using System.Runtime.InteropServices;

namespace WrnEngine.Training.Data;

/// <summary>
/// One batch on the host. Its images lie in native memory, 64-byte aligned. A <see cref="BatchLoader"/> fills it, uses it again for a
/// later batch, and frees it.
/// </summary>
public sealed unsafe class ImageBatch
{
    private const nuint Alignment = 64;

    private readonly int[] _labels;
    private readonly int[] _indices;
    private readonly int _sampleSize;
    private float* _images;

    internal ImageBatch(int capacity, int sampleSize)
    {
        _labels = new int[capacity];
        _indices = new int[capacity];
        _sampleSize = sampleSize;
        _images = (float*)NativeMemory.AlignedAlloc((nuint)capacity * (nuint)sampleSize * sizeof(float), Alignment);
    }

    /// <summary>The epoch that the batch belongs to, as it was given to <see cref="BatchLoader.StartEpoch"/>.</summary>
    public int Epoch { get; internal set; }

    /// <summary>The batch's number in its epoch, from 0.</summary>
    public int Step { get; internal set; }

    /// <summary>Number of samples; less than the batch size only in the last batch of an evaluation.</summary>
    public int Count { get; internal set; }

    /// <summary>[Count, H, W, 3] normalised pixels.</summary>
    public Span<float> Images
    {
        get
        {
            ObjectDisposedException.ThrowIf(_images == null, typeof(BatchLoader));
            return new Span<float>(_images, Count * _sampleSize);
        }
    }

    /// <summary>[Count] classes.</summary>
    public Span<int> Labels => _labels.AsSpan(0, Count);

    /// <summary>[Count] data-set indices.</summary>
    public Span<int> Indices => _indices.AsSpan(0, Count);

    internal void Free()
    {
        NativeMemory.AlignedFree(_images);
        _images = null;
    }
}
