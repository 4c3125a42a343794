using System.Runtime.ExceptionServices;
using WrnEngine.Rng;

namespace WrnEngine.Training.Data;

/// <summary>
/// Assembles the next batches on a thread of its own while the current one is computed on. What a batch holds depends on the seed, the
/// epoch and the step only, so a run can go on from any step with the batches that it would have had.
/// </summary>
/// <remarks>One consumer: <see cref="StartEpoch"/> and <see cref="Next"/> are not meant to be called at the same time.</remarks>
public sealed class BatchLoader : IDisposable
{
    private const int RingSize = 3; // one with the consumer, one ready, one being filled
    private const int NoStep = -1;

    private readonly ImageSubset _images;
    private readonly SampleTransform? _transform;
    private readonly BatchOrder _order;
    private readonly ulong _seed;
    private readonly int _workers;
    private readonly int[] _indices;
    private readonly ImageBatch[] _ring = new ImageBatch[RingSize];
    private readonly object _gate = new();
    private readonly Thread _thread;

    // Guarded by _gate. Steps count from the start of the epoch; the buffer of a step is _ring[step % RingSize].
    private int _epoch;
    private int _nextToFill;
    private int _nextToGive;
    private int _held = NoStep; // the step that the consumer looks at
    private bool _running;
    private bool _filling;
    private bool _disposed;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Takes its buffers and starts its thread, which waits for <see cref="StartEpoch"/>.</summary>
    /// <param name="images">What to load.</param>
    /// <param name="transform">From bytes to floats; null for batches of labels and indices alone, whose images somebody else makes.</param>
    /// <param name="batchSize">Samples in a batch.</param>
    /// <param name="order">Training or evaluation.</param>
    /// <param name="seed">The run's seed, for the order of an epoch.</param>
    /// <param name="workers">
    /// How many threads may work on one batch. One is enough for bytes in memory; decoding and resizing deserve more. What a batch holds
    /// doesn't depend on it.
    /// </param>
    /// <exception cref="DatasetException">Training asks for a batch that is larger than the data set.</exception>
    public BatchLoader(ImageSubset images, SampleTransform? transform, int batchSize, BatchOrder order, ulong seed, int workers = 1)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers);
        if (order == BatchOrder.Training && batchSize > images.Count)
        {
            throw new DatasetException(
                DatasetError.Request,
                $"--batch-size {batchSize} is larger than the {images.Count} training images of {images.Source.Name}; "
                + $"give {images.Count} or less.");
        }

        (_images, _transform, _order, _seed, BatchSize, _workers) = (images, transform, order, seed, batchSize, workers);
        BatchesPerEpoch = order == BatchOrder.Training
            ? images.Count / batchSize : (int)(((long)images.Count + batchSize - 1) / batchSize);
        _nextToFill = _nextToGive = BatchesPerEpoch;
        _indices = images.Indices.ToArray();
        for (int i = 0; i < RingSize; i++)
            _ring[i] = new ImageBatch(Math.Min(batchSize, Math.Max(1, images.Count)), transform is null ? 0 : images.Source.ImageSize);
        _thread = new Thread(FillBatches) { IsBackground = true, Name = "batch loader" };
        _thread.Start();
    }

    /// <summary>Samples in a batch.</summary>
    public int BatchSize { get; }

    /// <summary>Steps of a whole epoch.</summary>
    public int BatchesPerEpoch { get; }

    /// <summary>
    /// Goes to a step of an epoch, from wherever the loader is: the batches of step, step + 1, ... come next. A batch taken before is
    /// no longer valid.
    /// </summary>
    /// <param name="epoch">The epoch; the shuffle and the augmentation are drawn by this number, so count it the same way in every run.</param>
    /// <param name="step">The first step wanted, 0 to <see cref="BatchesPerEpoch"/>.</param>
    public void StartEpoch(int epoch, int step = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(step, BatchesPerEpoch);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _running = false;
            while (_filling) // it reads the order that is about to change
                Monitor.Wait(_gate);
            ObjectDisposedException.ThrowIf(_disposed, this);
            _images.Indices.CopyTo(_indices);
            if (_order == BatchOrder.Training)
                Philox.Shuffle(_indices, _seed, (uint)epoch);
            (_epoch, _nextToFill, _nextToGive, _held, _running, _failure) = (epoch, step, step, NoStep, true, null);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The next batch, or null at the end of the epoch. It is valid until the next call.</summary>
    /// <exception cref="Exception">Whatever went wrong while the batch was assembled.</exception>
    public ImageBatch? Next()
    {
        lock (_gate)
        {
            _held = NoStep;
            Monitor.PulseAll(_gate);
            while (true)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                if (_nextToGive < _nextToFill)
                {
                    _held = _nextToGive++;
                    return _ring[_held % RingSize];
                }

                _failure?.Throw();
                if (_nextToGive == BatchesPerEpoch)
                    return null;
                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>Ends the thread, after the batch it is at, and frees the buffers. A waiting consumer gets an exception.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            Monitor.PulseAll(_gate);
        }

        _thread.Join();
        foreach (ImageBatch batch in _ring)
            batch.Free();
    }

    private void FillBatches()
    {
        while (true)
        {
            ImageBatch batch;
            lock (_gate)
            {
                while (!_disposed && !CanFill())
                    Monitor.Wait(_gate);
                if (_disposed)
                    return;
                batch = _ring[_nextToFill % RingSize];
                (batch.Epoch, batch.Step, _filling) = (_epoch, _nextToFill, true);
            }

            ExceptionDispatchInfo? failure = null;
            try
            {
                Fill(batch);
            }
            catch (Exception e) // the consumer's thread is where somebody can act on it
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }

            lock (_gate)
            {
                _filling = false;
                if (failure is null)
                    _nextToFill++;
                else
                    (_failure, _running) = (failure, false);
                Monitor.PulseAll(_gate);
            }
        }
    }

    private bool CanFill()
    {
        int oldestInUse = _held == NoStep ? _nextToGive : _held;
        return _running && _nextToFill < BatchesPerEpoch && _nextToFill - oldestInUse < RingSize;
    }

    private void Fill(ImageBatch batch)
    {
        int first = batch.Step * BatchSize;
        batch.Count = Math.Min(BatchSize, _indices.Length - first);
        _indices.AsSpan(first, batch.Count).CopyTo(batch.Indices);
        if (_workers == 1)
        {
            for (int i = 0; i < batch.Count; i++)
                FillSample(batch, i);
        }
        else
        {
            FillInParallel(batch);
        }
    }

    private void FillSample(ImageBatch batch, int i)
    {
        ImageDataset source = _images.Source;
        int index = batch.Indices[i];
        batch.Labels[i] = source.Labels[index];
        _transform?.Apply(source, index, batch.Epoch, batch.Images.Slice(i * source.ImageSize, source.ImageSize));
    }

    private void FillInParallel(ImageBatch batch)
    {
        var failures = new ExceptionDispatchInfo?[batch.Count];
        Parallel.For(0, batch.Count, new ParallelOptions { MaxDegreeOfParallelism = _workers }, (i, loop) =>
        {
            try
            {
                FillSample(batch, i);
            }
            catch (Exception e) // the first sample in the order of the batch decides, whichever thread fails first
            {
                failures[i] = ExceptionDispatchInfo.Capture(e);
                loop.Break();
            }
        });
        failures.FirstOrDefault(failure => failure is not null)?.Throw();
    }
}
