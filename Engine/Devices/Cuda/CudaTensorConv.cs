using WrnEngine.Kernels;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

/// <summary>
/// Convolutions on tensor cores where the tensors' type, or <c>--tf32</c>, asks for them: of bfloat16 tensors, and of float32 ones with factors rounded to
/// tf32 (10 bits of mantissa, the exponents of float32). What their kernels do not take, channels that are no multiple of 8 (bf16) or 4 (tf32) or tensors
/// off 16 bytes, goes to the float32 kernels.
/// </summary>
/// <param name="device">Of compute capability 8.0 or later, where it comes to tensor cores.</param>
/// <param name="plain">The float32 kernels.</param>
/// <param name="tf32">Round the factors of float32 products.</param>
internal sealed class CudaTensorConv(CudaDevice device, CudaConv plain, bool tf32) : IConvOps
{
    private readonly WidenedConv _widened = new(device, plain);
    private readonly Conv2dTensorKernels _kernels = new(device.Context.Library, device.Context.Multiprocessors);

    public void Conv2dForward(
        in Conv2dShape shape, Tensor x, Tensor weight, Tensor y, in ConvPrologue prologue = default, in ConvEpilogue epilogue = default, KeptFilters? kept = null)
    {
        var s = CudaConv.DimensionsOf(shape);
        if (y.Numel == 0 || TypeFor(s, x, weight, y, prologue.Scale, prologue.Shift, epilogue.Residual) is not { } type)
        {
            Otherwise(x).Conv2dForward(shape, x, weight, y, prologue, epilogue, kept);
            return;
        }

        using var scratch = Scratch(epilogue.Moments is null ? 0 : Conv2dTensorKernels.ForwardScratchBytes(s));
        _kernels.Forward(
            device.Context.Stream, type, s, x.Address, weight.Address, y.Address, Prologue(prologue),
            new TensorConvEpilogue(CudaDevice.AddressOf(epilogue.Residual), CudaDevice.AddressOf(epilogue.Moments?.Mean), CudaDevice.AddressOf(epilogue.Moments?.Variance)), scratch.Address);
    }

    public void Conv2dBackwardInput(in Conv2dShape shape, Tensor gradY, Tensor weight, Tensor gradX, bool accumulate, in ConvBackwardEpilogue epilogue = default)
    {
        var s = CudaConv.DimensionsOf(shape);
        bool onlyMasks = !epilogue.IsNone && epilogue.SumGrad is null;
        if (gradX.Numel == 0 || gradY.Numel == 0 || onlyMasks
            || TypeFor(s, gradY, weight, gradX, epilogue.X, epilogue.Mean, epilogue.Scale, epilogue.Shift) is not { } type)
        {
            Otherwise(gradY).Conv2dBackwardInput(shape, gradY, weight, gradX, accumulate, epilogue);
            return;
        }

        using var scratch = Scratch(epilogue.IsNone ? 0 : Conv2dTensorKernels.BackwardInputScratchBytes(s));
        var norm = epilogue.IsNone ? default : new TensorConvBackwardEpilogue(
            CudaDevice.AddressOf(epilogue.X), CudaDevice.AddressOf(epilogue.Mean), CudaDevice.AddressOf(epilogue.Scale), CudaDevice.AddressOf(epilogue.Shift), epilogue.Relu,
            CudaDevice.AddressOf(epilogue.SumGrad), CudaDevice.AddressOf(epilogue.SumGradDeviation));
        _kernels.BackwardInput(device.Context.Stream, type, s, gradY.Address, weight.Address, gradX.Address, accumulate, norm, scratch.Address);
    }

    public void Conv2dBackwardWeight(in Conv2dShape shape, Tensor x, Tensor gradY, Tensor gradWeight, bool accumulate, in ConvPrologue prologue = default)
    {
        var s = CudaConv.DimensionsOf(shape);
        if (gradWeight.Numel == 0 || gradY.Numel == 0 || TypeFor(s, x, gradY, gradWeight, prologue.Scale, prologue.Shift) is not { } type)
        {
            Otherwise(x).Conv2dBackwardWeight(shape, x, gradY, gradWeight, accumulate, prologue);
            return;
        }

        using var scratch = Scratch(_kernels.BackwardWeightScratchBytes(type, s, accumulate));
        _kernels.BackwardWeight(
            device.Context.Stream, type, s, x.Address, gradY.Address, gradWeight.Address, accumulate, Prologue(prologue), scratch.Address);
    }

    private static TensorConvPrologue Prologue(in ConvPrologue p) => new(CudaDevice.AddressOf(p.Scale), CudaDevice.AddressOf(p.Shift), p.Relu);

    /// <summary>The kernels that take a call, the first tensor's type being that of the activations; null for none.</summary>
    private TensorCoreType? TypeFor(in Conv2dDimensions shape, params ReadOnlySpan<Tensor?> tensors)
    {
        TensorCoreType? type = tensors[0]!.DType == DType.BFloat16 ? TensorCoreType.BFloat16 : tf32 ? TensorCoreType.Tf32 : null;
        if (type is null) return null;
        foreach (var tensor in tensors)
            if (CudaDevice.AddressOf(tensor) % 16 != 0) return null;
        return _kernels.Supports(type.Value, shape) ? type : null;
    }

    /// <summary>Who takes what these kernels do not.</summary>
    private IConvOps Otherwise(Tensor activations) => activations.DType == DType.BFloat16 ? _widened : plain;

    private ScratchBuffer Scratch(long bytes) => new(bytes == 0 ? null : device.Scratch(bytes));

    /// <summary>Working memory, or none.</summary>
    private readonly struct ScratchBuffer(DeviceBuffer? buffer) : IDisposable
    {
        public nint Address => buffer?.Address ?? 0;

        public void Dispose() => buffer?.Release();
    }
}
