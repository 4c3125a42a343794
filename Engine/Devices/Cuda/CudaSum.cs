using WrnEngine.Kernels;
using WrnEngine.Kernels.Driver;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

/// <summary>
/// Sums over any set of axes. x in stored order is a row of axes that are kept or summed; one stretch of summed ones is a matrix's rows (at the end) or
/// columns (before the end), which have kernels that read 16 bytes at a time; anything else is walked.
/// </summary>
internal sealed class CudaSum(CudaDevice device)
{
    private readonly ReduceKernels _kernels = new(device.Context.Library);

    /// <summary>y (+)= scale * sum of x over the axes that y lacks; neither is empty.</summary>
    public void Run(Tensor x, Tensor y, float scale, bool accumulate)
    {
        var axes = new BroadcastAxes(x.Shape, y.Shape, y.Shape);
        int[] kept = [.. Axes(axes, summed: false)], summed = [.. Axes(axes, summed: true)];
        long outputs = Product(axes.Sizes, kept), length = Product(axes.Sizes, summed);
        bool oneStretch = summed.Length == 1, innermost = summed.Length > 0 && summed[^1] == axes.Sizes.Length - 1;
        nint address = x.Address;
        ElementType type = CudaTypes.Activations(x, op: nameof(IElementwiseOps.ReduceSum)), typeOfSum = CudaTypes.Activations(y, op: nameof(IElementwiseOps.ReduceSum));

        long batch = oneStretch ? Product(axes.Sizes, kept.Where(axis => axis < summed[0])) : 0;
        var parts = oneStretch
            ? innermost ? SumParts.OfRows(outputs, length) : ReduceKernels.PartsOfColumns(type, address, batch, length, outputs / batch)
            : SumParts.OfAxes(outputs, length, innermost);
        var partial = device.Scratch(parts.ScratchBytes);
        var stream = device.Context.Stream;
        if (oneStretch && innermost) _kernels.SumRows(stream, type, address, length, partial.Address, parts);
        else if (oneStretch) _kernels.SumColumns(stream, type, address, batch, length, outputs / batch, partial.Address, parts);
        else
        {
            var strides = DenseStrides(axes.Sizes);
            _kernels.SumAxes(
                stream, type, address, At(axes.Sizes, kept), At(strides, kept), At(axes.Sizes, summed), At(strides, summed), innermost, partial.Address, parts);
        }

        _kernels.Finish(stream, partial.Address, parts, typeOfSum, y.Address, At(axes.Sizes, kept), At(axes.StridesA, kept), scale, accumulate);
        partial.Release();
    }

    /// <summary>True when x holds a NaN or an infinity: one number read back.</summary>
    public unsafe bool HasNonFinite(Tensor x)
    {
        var type = CudaTypes.Activations(x);
        var found = device.Scratch(sizeof(int));
        var (api, stream) = (device.Context.Api, device.Context.Stream);
        int result;
        api.Check(api.MemsetD8Async((ulong)found.Address, 0, sizeof(int), stream), "cuMemsetD8Async");
        _kernels.HasNonFinite(stream, type, x.Address, x.Numel, found.Address);
        api.Check(api.MemcpyDtoHAsync(&result, (ulong)found.Address, sizeof(int), stream), "cuMemcpyDtoHAsync");
        device.Context.Synchronize();
        found.Release();
        return result != 0;
    }

    private static IEnumerable<int> Axes(BroadcastAxes axes, bool summed) =>
        Enumerable.Range(0, axes.Sizes.Length).Where(axis => (axes.StridesA[axis] == 0 && axes.Sizes[axis] > 1) == summed);

    private static long Product(long[] sizes, IEnumerable<int> axes) => axes.Aggregate(1L, (product, axis) => product * sizes[axis]);

    private static long[] At(long[] values, int[] axes) => [.. axes.Select(axis => values[axis])];

    private static long[] DenseStrides(long[] sizes)
    {
        var strides = new long[sizes.Length];
        long stride = 1;
        for (int axis = sizes.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= sizes[axis];
        }
        return strides;
    }
}
