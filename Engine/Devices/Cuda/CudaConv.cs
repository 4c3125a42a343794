using WrnEngine.Kernels;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

/// <summary>
/// Convolutions by implicit matrix products. Prologues are applied while inputs are read and epilogues while results are in registers; statistics
/// come tile by tile into scratch memory, and a second kernel brings them together. What a device may keep of filters is not needed: they are read as they are.
/// </summary>
internal sealed class CudaConv(CudaDevice device) : IConvOps
{
    private readonly Conv2dKernels _kernels = new(device.Context.Library, device.Context.Multiprocessors);
    private readonly Conv2dBackwardInputKernels _backwardInput = new(device.Context.Library, device.Context.Multiprocessors);
    private readonly Conv2dBackwardWeightKernels _backwardWeight = new(device.Context.Library, device.Context.Multiprocessors);
    private readonly GemmSplitsKernels _splits = new(device.Context.Library);

    public void Conv2dForward(
        in Conv2dShape shape, Tensor x, Tensor weight, Tensor y, in ConvPrologue prologue = default, in ConvEpilogue epilogue = default, KeptFilters? kept = null)
    {
        if (y.Numel == 0) return;
        var s = DimensionsOf(shape);
        nint scale = CudaDevice.AddressOf(prologue.Scale), shift = CudaDevice.AddressOf(prologue.Shift), residual = CudaDevice.AddressOf(epilogue.Residual);
        var tile = _kernels.ForwardTile(s, Conv2dKernels.IsVector(s, x.Address, weight.Address, y.Address, scale, shift, residual));
        long tiles = tile.TilesM(s.OutPixels);
        var moments = epilogue.Moments is null ? null : device.Scratch(Conv2dKernels.TileBytes(tiles, s.OutChannels));
        var stream = device.Context.Stream;
        _kernels.Forward(stream, s, tile, x.Address, weight.Address, y.Address, scale, shift, prologue.Relu, residual, moments?.Address ?? 0);
        if (moments is null) return;
        _kernels.Moments(
            stream, moments.Address, tiles, tile.M, s.OutPixels, s.OutChannels, epilogue.Moments!.Mean.Address, epilogue.Moments.Variance.Address);
        moments.Release();
    }

    public void Conv2dBackwardInput(in Conv2dShape shape, Tensor gradY, Tensor weight, Tensor gradX, bool accumulate, in ConvBackwardEpilogue epilogue = default)
    {
        if (gradX.Numel == 0) return;
        var s = DimensionsOf(shape);
        nint x = CudaDevice.AddressOf(epilogue.X), mean = CudaDevice.AddressOf(epilogue.Mean), scale = CudaDevice.AddressOf(epilogue.Scale), shift = CudaDevice.AddressOf(epilogue.Shift);
        var (tile, tiles) = _backwardInput.Plan(s, Conv2dKernels.IsVector(s, gradY.Address, weight.Address, gradX.Address, x, mean, scale, shift));
        var sums = epilogue.SumGrad is null ? null : device.Scratch(Conv2dKernels.TileBytes(tiles, s.InChannels));
        var stream = device.Context.Stream;
        var norm = new Conv2dBackwardInputKernels.NormOfInput(x, mean, scale, shift, epilogue.Relu, sums?.Address ?? 0);
        _backwardInput.Launch(stream, s, tile, gradY.Address, weight.Address, gradX.Address, accumulate, norm);
        if (sums is null) return;
        _kernels.Sums(stream, sums.Address, tiles, s.InChannels, epilogue.SumGrad!.Address, epilogue.SumGradDeviation!.Address);
        sums.Release();
    }

    public void Conv2dBackwardWeight(in Conv2dShape shape, Tensor x, Tensor gradY, Tensor gradWeight, bool accumulate, in ConvPrologue prologue = default)
    {
        if (gradWeight.Numel == 0) return;
        var s = DimensionsOf(shape);
        nint scale = CudaDevice.AddressOf(prologue.Scale), shift = CudaDevice.AddressOf(prologue.Shift);
        var (tile, splits, pixels) = _backwardWeight.Plan(s, Conv2dKernels.IsVector(s, x.Address, gradY.Address, gradWeight.Address, scale, shift));
        var stream = device.Context.Stream;
        var parts = splits == 1 ? null : device.Scratch(splits * gradWeight.Numel * sizeof(float));
        _backwardWeight.Launch(
            stream, s, tile, splits, pixels, x.Address, gradY.Address, parts?.Address ?? gradWeight.Address, accumulate && parts is null,
            scale, shift, prologue.Relu);
        if (parts is null) return;
        _splits.Sum(stream, parts.Address, splits, gradWeight.Address, gradWeight.Numel, accumulate);
        parts.Release();
    }

    /// <summary>A shape as the kernels take it.</summary>
    internal static Conv2dDimensions DimensionsOf(in Conv2dShape s) => new(
        s.N, s.H, s.W, s.InChannels, s.OutChannels, s.KernelH, s.KernelW, s.StrideH, s.StrideW, s.PaddingH, s.PaddingW, s.OutH, s.OutW);
}
