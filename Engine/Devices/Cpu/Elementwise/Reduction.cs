using WrnEngine.Devices.Cpu.Simd;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu.Elementwise;

/// <summary>
/// Sums over any set of axes, into doubles. Where the outermost axis stays, the parts are ranges of it and own their results; where it is
/// summed away, the parts are ranges of it with partial results, added up in order. Both depend on the shapes alone.
/// </summary>
internal sealed unsafe class Reduction
{
    /// <summary>With more results than this, partial results per part would cost more than they bring.</summary>
    private const int MaxPartialResults = 65536;

    private readonly int[] _sizes;
    private readonly long[] _xStrides;
    private readonly long[] _resultStrides;
    private readonly long[] _yStrides;
    private readonly int _splitAxis;
    private readonly long _results;

    private Reduction(Shape xShape, Shape yShape)
    {
        var walk = new AxisWalk(xShape, yShape, yShape);
        (_sizes, _yStrides) = (walk.Sizes, walk.StridesA);
        _xStrides = new long[_sizes.Length];
        _resultStrides = new long[_sizes.Length];
        _results = 1;
        long x = 1;
        for (int axis = _sizes.Length - 1; axis >= 0; axis--)
        {
            _xStrides[axis] = x;
            x *= _sizes[axis];
            if (_yStrides[axis] == 0) continue;
            _resultStrides[axis] = _results;
            _results *= _sizes[axis];
        }
        // Neighbouring axes of one kind may fail to merge when y is stored in another order, so the first kept one is looked for.
        int kept = Array.FindIndex(_yStrides, s => s != 0);
        _splitAxis = kept > 0 && _results > MaxPartialResults ? kept : 0;
    }

    /// <summary>y (+)= scale * sum of x over the axes that y lacks.</summary>
    public static void Sum(CpuDevice device, float* x, Shape xShape, float* y, Shape yShape, float scale, bool accumulate)
    {
        if (yShape.Numel == 0) return;
        if (xShape.Numel == 0)
        {
            if (!accumulate) new Span<float>(y, checked((int)yShape.Numel)).Clear();
            return;
        }
        new Reduction(xShape, yShape).Run(device, x, y, scale, accumulate);
    }

    private void Run(CpuDevice device, float* x, float* y, float scale, bool accumulate)
    {
        long total = _xStrides[0] * _sizes[0], perItem = total / _sizes[_splitAxis];
        bool partial = _yStrides[_splitAxis] == 0;
        long wanted = partial ? Math.Max(VectorLoops.BlockSize, 8 * _results) : VectorLoops.BlockSize;
        long itemsPerPart = total <= VectorLoops.BlockSize ? _sizes[_splitAxis] : Math.Max(1, wanted / perItem);
        int parts = VectorLoops.Parts(_sizes[_splitAxis], itemsPerPart);

        var buffer = device.Memory.Allocate(_results * (partial ? parts : 1) * sizeof(double));
        double* results = (double*)buffer.Address;
        VectorLoops.For(device.Team, _sizes[_splitAxis], itemsPerPart, new PartKernel(this, x, results, y, scale, accumulate, itemsPerPart));
        if (partial)
        {
            for (int part = 1; part < parts; part++)
                for (long i = 0; i < _results; i++) results[i] += results[part * _results + i];
            Write(results, y, 0, _results, scale, accumulate);
        }
        buffer.Release();
    }

    /// <summary>Scales results first .. end - 1 and puts them where y has them.</summary>
    private void Write(double* results, float* y, long first, long end, float scale, bool accumulate)
    {
        for (long i = first; i < end; i++)
        {
            long rest = i, offset = 0;
            for (int axis = _sizes.Length - 1; axis >= 0; axis--)
            {
                if (_yStrides[axis] == 0) continue;
                (rest, long coordinate) = Math.DivRem(rest, _sizes[axis]);
                offset += coordinate * _yStrides[axis];
            }
            float value = (float)(results[i] * scale);
            y[offset] = accumulate ? y[offset] + value : value;
        }
    }

    private void Add<V>(int axis, float* x, double* results, long splitFirst, long splitEnd) where V : unmanaged, IVec<V>
    {
        long first = axis == _splitAxis ? splitFirst : 0, end = axis == _splitAxis ? splitEnd : _sizes[axis];
        if (axis == _sizes.Length - 1)
        {
            if (_yStrides[axis] == 0) *results += Sums.Row<V>(x + first, (nint)(end - first));
            else Sums.AddTo<V>(x + first, (nint)(end - first), results + first);
            return;
        }
        for (long i = first; i < end; i++)
            Add<V>(axis + 1, x + i * _xStrides[axis], results + i * _resultStrides[axis], splitFirst, splitEnd);
    }

    private readonly struct PartKernel(
        Reduction owner, float* x, double* results, float* y, float scale, bool accumulate, long itemsPerPart) : IRangeKernel
    {
        public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
        {
            long stride = owner._resultStrides[owner._splitAxis];
            if (stride == 0)
            {
                double* own = results + start / itemsPerPart * owner._results;
                new Span<double>(own, checked((int)owner._results)).Clear();
                owner.Add<V>(0, x, own, start, end);
                return;
            }
            // The split axis is the outermost one that is kept, so a range of it has its results in one piece.
            new Span<double>(results + start * stride, checked((int)((end - start) * stride))).Clear();
            owner.Add<V>(0, x, results, start, end);
            owner.Write(results, y, start * stride, end * stride, scale, accumulate);
        }
    }
}
