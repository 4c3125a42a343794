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
    private const int LearningRateAt = 0, StepAt = 1, EpochAt = 2, Line = DeviceMemory.Alignment / sizeof(int), IndicesAt = Line;

    private readonly int[] _words;
    private readonly Tensor _all, _learningRate, _step, _epoch;
    private readonly Upload _upload;

    /// <summary>Room for the inputs of a batch.</summary>
    /// <param name="device">Where.</param>
    /// <param name="samples">Samples in a batch.</param>
    public StepInputs(Device device, int samples)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfNegative(samples);
        int labelsAt = IndicesAt + (samples + Line - 1) / Line * Line;
        _words = new int[labelsAt + samples];
        _all = Tensor.Empty([_words.Length], device, DType.Int32).OutOfScope();
        _learningRate = Part(LearningRateAt, Shape.Scalar, DType.Float32);
        (_step, _epoch) = (Part(StepAt, Shape.Scalar, DType.Int32), Part(EpochAt, Shape.Scalar, DType.Int32));
        (Indices, Labels) = (Part(IndicesAt, [samples], DType.Int32), Part(labelsAt, [samples], DType.Int32));
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
        labels.CopyTo(_words.AsSpan(_words.Length - samples));
        _upload.Send(MemoryMarshal.AsBytes(_words.AsSpan()));
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _upload.Dispose();
        foreach (var tensor in (ReadOnlySpan<Tensor>)[_learningRate, _step, _epoch, Indices, Labels, _all]) tensor.Release();
    }

    private Tensor Part(int word, Shape shape, DType dtype) =>
        new Tensor(shape, dtype, _all.Device, new DeviceBuffer(_all.Buffer, word * sizeof(int), shape.Numel * sizeof(int))).OutOfScope();
}
