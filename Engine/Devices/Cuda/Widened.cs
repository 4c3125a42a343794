using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

/// <summary>float32 copies of bfloat16 tensors, for one call; their memory serves others as soon as it is enqueued.</summary>
internal sealed class Widened : IDisposable
{
    private readonly List<Tensor> _copies = [];

    /// <summary>The tensor's values; itself where it is float32.</summary>
    public Tensor Of(Tensor x) => x.DType == DType.Float32 ? x : Room(x, fill: true);

    /// <inheritdoc cref="Of"/>
    public Tensor? OfOptional(Tensor? x) => x is null ? null : Of(x);

    /// <summary>Room for a result of the tensor's shape, with the tensor's values in it or none.</summary>
    public Tensor Room(Tensor x, bool fill)
    {
        var copy = Tensor.Empty(x.Shape, x.Device).OutOfScope();
        _copies.Add(copy);
        if (fill) x.Device.Elementwise.Cast(x, copy);
        return copy;
    }

    public void Dispose()
    {
        foreach (var copy in _copies) copy.Release();
    }
}
