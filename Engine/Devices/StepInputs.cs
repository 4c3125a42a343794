using System.Runtime.InteropServices;
using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>
/// What changes from one training step to the next, in one buffer on the device: ops that are given these numbers and tensors can be replayed
/// (<see cref="ReplayedStep"/>). One copy brings a step's inputs to the device, behind the step before.
/// </summary>
public sealed class StepInputs : IDisposable
{
    // Places in words; tensors begin at a multiple of the arena's alignment.
    private const int LearningRateAt = 0, StepAt = 1, EpochAt = 2, ShareAt = 3, RestAt = 4, Line = DeviceMemory.Alignment / sizeof(int), IndicesAt = Line;

    private readonly int[] _words;
    private readonly int _labelsAt, _pairIndicesAt, _pairLabelsAt;
    private readonly Tensor _all, _learningRate, _step, _epoch;
    private readonly Upload _upload;

    /// <summary>Room for the inputs of a batch.</summary>
    /// <param name="device">Where.</param>
    /// <param name="samples">Samples in a batch.</param>
    /// <param name="pairs">Each sample has a partner in the batch, as mixup wants it.</param>
    public StepInputs(Device device, int samples, bool pairs = false)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfNegative(samples);
        int room = (samples + Line - 1) / Line * Line;
        (_labelsAt, _pairIndicesAt, _pairLabelsAt) = (IndicesAt + room, IndicesAt + (2 * room), IndicesAt + (3 * room));
        _words = new int[(pairs ? _pairLabelsAt : _labelsAt) + samples];
        _all = Tensor.Empty([_words.Length], device, DType.Int32).OutOfScope();
        _learningRate = Part(LearningRateAt, Shape.Scalar, DType.Float32);
        (_step, _epoch) = (Part(StepAt, Shape.Scalar, DType.Int32), Part(EpochAt, Shape.Scalar, DType.Int32));
        (Indices, Labels) = (Part(IndicesAt, [samples], DType.Int32), Part(_labelsAt, [samples], DType.Int32));
        if (pairs)
        {
            Pairs = new PairInputs(
                Part(ShareAt, Shape.Scalar, DType.Float32), Part(RestAt, Shape.Scalar, DType.Float32),
                Part(_pairIndicesAt, [samples], DType.Int32), Part(_pairLabelsAt, [samples], DType.Int32));
        }

        _upload = device.CreateUpload(_all);
    }

    /// <summary>The optimizer's step size.</summary>
    public DeviceScalar<float> LearningRate => new(BitConverter.Int32BitsToSingle(_words[LearningRateAt]), _learningRate);

    /// <summary>Steps done before this one.</summary>
    public DeviceScalar<uint> Step => new((uint)_words[StepAt], _step);

    /// <summary>The epoch, from 0.</summary>
    public DeviceScalar<uint> Epoch => new((uint)_words[EpochAt], _epoch);

    /// <summary>[N] int32, the samples' indices in the data set.</summary>
    public Tensor Indices { get; }

    /// <summary>[N] int32, the samples' classes.</summary>
    public Tensor Labels { get; }

    /// <summary>The samples' partners; null where there are none.</summary>
    public PairInputs? Pairs { get; }

    /// <summary>Names the partners in the batch that is sent next.</summary>
    /// <param name="share">How much of a pair is the sample's own, 0 to 1.</param>
    /// <param name="partners">[N], for each sample the place of its partner in the batch.</param>
    /// <exception cref="InvalidOperationException">There is no room for partners.</exception>
    /// <exception cref="ArgumentException">The batch has another size.</exception>
    public void Pair(float share, ReadOnlySpan<int> partners)
    {
        if (Pairs is null) throw new InvalidOperationException("these step inputs were made without pairs");
        if (partners.Length != Indices.Shape[0]) throw new ArgumentException($"{partners.Length} partners do not pair a batch of {Indices.Shape[0]}");
        _words[ShareAt] = BitConverter.SingleToInt32Bits(share);
        _words[RestAt] = BitConverter.SingleToInt32Bits(1 - share);
        partners.CopyTo(_words.AsSpan(_pairIndicesAt)); // places, until the batch is sent
    }

    /// <summary>Sets all of them, for the steps that are enqueued from here on.</summary>
    /// <exception cref="ArgumentException">The batch has another size.</exception>
    public void Send(float learningRate, uint step, uint epoch, ReadOnlySpan<int> indices, ReadOnlySpan<int> labels)
    {
        int samples = Indices.Shape[0];
        if (indices.Length != samples || labels.Length != samples)
            throw new ArgumentException($"{indices.Length} indices and {labels.Length} labels are not a batch of {samples}");
        _words[LearningRateAt] = BitConverter.SingleToInt32Bits(learningRate);
        (_words[StepAt], _words[EpochAt]) = ((int)step, (int)epoch);
        indices.CopyTo(_words.AsSpan(IndicesAt));
        labels.CopyTo(_words.AsSpan(_labelsAt));
        if (Pairs is not null) SetPartners(indices, labels);
        _upload.Send(MemoryMarshal.AsBytes(_words.AsSpan()));
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _upload.Dispose();
        Pairs?.Release();
        foreach (var tensor in (ReadOnlySpan<Tensor>)[_learningRate, _step, _epoch, Indices, Labels, _all]) tensor.Release();
    }

    private void SetPartners(ReadOnlySpan<int> indices, ReadOnlySpan<int> labels)
    {
        for (int i = 0; i < indices.Length; i++)
        {
            int partner = _words[_pairIndicesAt + i];
            _words[_pairIndicesAt + i] = indices[partner];
            _words[_pairLabelsAt + i] = labels[partner];
        }
    }

    private Tensor Part(int word, Shape shape, DType dtype) =>
        new Tensor(shape, dtype, _all.Device, new DeviceBuffer(_all.Buffer, word * sizeof(int), shape.Numel * sizeof(int))).OutOfScope();
}
