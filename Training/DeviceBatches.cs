using WrnEngine.Devices;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Training.Data;

namespace WrnEngine.Training;

/// <summary>
/// Batches on a device. Where it keeps the images and its augmentation op does what the transform does, it makes them there; else the host's loader makes
/// them, ahead of their use, and they are copied. The bits are the same.
/// </summary>
internal sealed class DeviceBatches : IDisposable
{
    private readonly BatchLoader _loader;
    private readonly ImageDataset _source;
    private readonly Device _device;
    private readonly DeviceTransform? _transform;
    private readonly Tensor? _images, _mean, _scale;
    private PixelUpload? _pixels, _partners; // of the batch that was sent last
    private float[] _partnerPixels = [];

    /// <summary>Uploads the images, where that suits, and starts the loader.</summary>
    /// <param name="images">What to load.</param>
    /// <param name="transform">From bytes to floats.</param>
    /// <param name="batchSize">Samples in a batch.</param>
    /// <param name="order">Training or evaluation.</param>
    /// <param name="seed">The run's seed, for the order of an epoch.</param>
    /// <param name="workers">Threads that may work on one batch on the host.</param>
    /// <param name="resident">The images that the device keeps; they stay the caller's.</param>
    /// <param name="device">Where the batches go.</param>
    /// <exception cref="DatasetException">Training asks for a batch that is larger than the data set.</exception>
    public DeviceBatches(
        ImageSubset images, SampleTransform transform, int batchSize, BatchOrder order, ulong seed, int workers, ResidentImages resident, Device device)
    {
        (_source, _device) = (images.Source, device);
        if (transform.OnDevice is { } onDevice && onDevice.Fits(_source) && resident.Of(_source) is { } pixels)
        {
            (_transform, _images) = (onDevice, pixels);
            _mean = Tensor.From(onDevice.Normalization.Mean, [ImageDataset.Channels], device);
            _scale = Tensor.From(onDevice.Scale(), [ImageDataset.Channels], device);
        }

        _loader = new BatchLoader(images, _transform is null ? transform : null, batchSize, order, seed, workers);
    }

    /// <summary>True when the device makes the batches.</summary>
    public bool AreMadeOnDevice => _transform is not null;

    /// <inheritdoc cref="BatchLoader.BatchesPerEpoch"/>
    public int BatchesPerEpoch => _loader.BatchesPerEpoch;

    /// <inheritdoc cref="BatchLoader.StartEpoch"/>
    public void StartEpoch(int epoch, int step = 0) => _loader.StartEpoch(epoch, step);

    /// <inheritdoc cref="BatchLoader.Next"/>
    public ImageBatch? Next() => _loader.Next();

    /// <summary>Images [N, 3, H, W] and labels [N] of a batch that <see cref="Next"/> gave.</summary>
    public (Tensor Images, Tensor Labels) ToTensors(ImageBatch batch)
    {
        if (_transform is null) return batch.ToTensors(_source, _device);
        var indices = Tensor.From<int>(batch.Indices, [batch.Count], _device);
        return (_images!.Augment(indices, _mean!, _scale!, _transform.Settings((uint)batch.Epoch)), Tensor.From<int>(batch.Labels, [batch.Count], _device));
    }

    /// <summary>
    /// For steps that are replayed: brings to the device what <see cref="Images"/> will need of a batch beside the step's inputs. All batches are of one size.
    /// </summary>
    /// <param name="batch">The batch.</param>
    /// <param name="partners">For each sample the place of its partner in the batch, when <see cref="PairImages"/> are wanted.</param>
    public void Send(ImageBatch batch, ReadOnlySpan<int> partners = default)
    {
        if (_transform is not null) return;
        (_pixels ??= NewUpload(batch)).Send(batch.Images);
        if (partners.IsEmpty) return;
        if (_partnerPixels.Length == 0) _partnerPixels = new float[batch.Images.Length];
        int size = _source.ImageSize;
        for (int i = 0; i < partners.Length; i++) batch.Images.Slice(partners[i] * size, size).CopyTo(_partnerPixels.AsSpan(i * size));
        (_partners ??= NewUpload(batch)).Send(_partnerPixels);
    }

    /// <summary>Images [N, 3, H, W] of the batch that was sent last, in a step that may be recorded.</summary>
    /// <param name="inputs">Its indices and epoch.</param>
    public Tensor Images(StepInputs inputs) => _transform is null ? _pixels!.Images : Made(inputs.Indices, inputs);

    /// <summary>As <see cref="Images"/>: for each sample its partner, cropped and flipped as the partner itself is.</summary>
    /// <param name="inputs">Its pairs.</param>
    public Tensor PairImages(StepInputs inputs) => _transform is null ? _partners!.Images : Made(inputs.Pairs!.Indices, inputs);

    private Tensor Made(Tensor indices, StepInputs inputs) => _images!.Augment(indices, _mean!, _scale!, _transform!.Settings(inputs.Epoch));

    private PixelUpload NewUpload(ImageBatch batch) => new([batch.Count, ImageDataset.Channels, _source.Height, _source.Width], _device);

    /// <summary>Ends the loader.</summary>
    public void Dispose()
    {
        _pixels?.Dispose();
        _partners?.Dispose();
        _loader.Dispose();
        _mean?.Release();
        _scale?.Release();
    }
}
