using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda.Libraries;

/// <summary>A tensor for the inside of one op, or none. It may be given up as soon as the work on it is enqueued.</summary>
internal readonly struct ScratchTensor : IDisposable
{
    private readonly Tensor? _tensor;

    private ScratchTensor(Tensor tensor) => _tensor = tensor;

    /// <summary>Nothing to give up.</summary>
    public static ScratchTensor None => default;

    /// <summary>The tensor.</summary>
    public Tensor Tensor => _tensor ?? throw new InvalidOperationException("there is no scratch tensor");

    /// <summary>Room with undefined content.</summary>
    public static ScratchTensor Of(Shape shape, DType dtype, Device device) => new(Tensor.Empty(shape, device, dtype).OutOfScope());

    /// <summary>Room of the shape and type of another tensor.</summary>
    public static ScratchTensor Like(Tensor tensor) => Of(tensor.Shape, tensor.DType, tensor.Device);

    /// <summary>The tensor, or another where there is none.</summary>
    public Tensor Or(Tensor other) => _tensor ?? other;

    /// <inheritdoc/>
    public void Dispose() => _tensor?.Release();
}
