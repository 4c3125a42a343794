using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

/// <summary>
/// Convolutions of bfloat16 tensors by kernels for float32: operands are widened into working memory and results rounded from there. It serves what tensor
/// cores do not take, which in a network is its first layer, of three channels.
/// </summary>
/// <param name="device">Whose tensors.</param>
/// <param name="plain">Convolutions of float32 tensors.</param>
internal sealed class WidenedConv(CudaDevice device, IConvOps plain) : IConvOps
{
    // A prologue's result is rounded before it is widened, as if it had been written.
    private readonly ConvPieces _pieces = new(device);

    public void Conv2dForward(
        in Conv2dShape shape, Tensor x, Tensor weight, Tensor y, in ConvPrologue prologue = default, in ConvEpilogue epilogue = default, KeptFilters? kept = null)
    {
        using var widened = new Widened();
        using var normalized = _pieces.Before(x, prologue);
        var result = widened.Room(y, fill: false);
        plain.Conv2dForward(shape, widened.Of(normalized.Or(x)), widened.Of(weight), result, default, epilogue with { Residual = widened.OfOptional(epilogue.Residual) });
        y.Device.Elementwise.Cast(result, y);
    }

    public void Conv2dBackwardInput(in Conv2dShape shape, Tensor gradY, Tensor weight, Tensor gradX, bool accumulate, in ConvBackwardEpilogue epilogue = default)
    {
        using var widened = new Widened();
        var result = widened.Room(gradX, fill: accumulate);
        plain.Conv2dBackwardInput(shape, widened.Of(gradY), widened.Of(weight), result, accumulate, epilogue with { X = widened.OfOptional(epilogue.X) });
        gradX.Device.Elementwise.Cast(result, gradX);
    }

    public void Conv2dBackwardWeight(in Conv2dShape shape, Tensor x, Tensor gradY, Tensor gradWeight, bool accumulate, in ConvPrologue prologue = default)
    {
        using var widened = new Widened();
        using var normalized = _pieces.Before(x, prologue);
        plain.Conv2dBackwardWeight(shape, widened.Of(normalized.Or(x)), widened.Of(gradY), gradWeight, accumulate);
    }
}
