using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Conv;
using WrnEngine.Devices.Cpu.Gemm;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>
/// gradWeight of a 3x3 convolution as the adjoint of the forward pass: dU = sum over the tiles of (A dY A^T)^T (B^T d B), a product
/// [outC, tiles] times [tiles, inC] for each plane of filters, and gradWeight = G^T dU G at the end.
/// <para>The tiles are cut into slices with a sum each, how many by shape only, added in a fixed order; the planes, which have nothing to do
/// with each other, are dealt to the threads by rows. So any number of threads gives the same bits.</para>
/// </summary>
internal sealed unsafe class WinogradWeightGradient<S> where S : IForwardScheme
{
    private const int TilesPerSlice = 1024, MostSlices = 4;
    private const int ChannelsPerPart = 8;

    private readonly CpuDevice _device;
    private readonly TileGrid _grid;
    private readonly float* _x;
    private readonly float* _gradY;
    private readonly float* _gradWeight;
    private readonly bool _accumulate;
    private readonly ChannelAffine _prologue;
    private readonly int _inChannels, _outChannels;
    private readonly Panels _panels;
    private readonly int _pitch; // of a row of dU: inC rounded up to whole vectors
    private readonly int _tilesPerBlock, _slices, _groups;
    private readonly ValueLayout _xLayout, _yLayout;

    /// <summary>The pass for a forward correlation <paramref name="c"/> of x.</summary>
    public WinogradWeightGradient(CpuDevice device, in Correlation c, float* x, float* gradY, float* gradWeight, bool accumulate, in ConvPrologue prologue)
    {
        _device = device;
        _grid = TileGrid.Of<S>(c);
        _x = x;
        _gradY = gradY;
        _gradWeight = gradWeight;
        _accumulate = accumulate;
        _prologue = new ChannelAffine(prologue);
        (_inChannels, _outChannels) = (c.SourceChannels, c.TargetChannels);
        _panels = new Panels(_inChannels);
        _pitch = GemmKernel.RoundUp(_inChannels);
        // An odd number of rows of planes cannot be dealt to two threads alike: two slices can.
        _slices = Math.Clamp(_grid.Count / TilesPerSlice, S.Filters % 2 == 0 || _grid.Count < TilesPerSlice / 2 ? 1 : 2, MostSlices);
        // Every group transforms the columns of all tiles again: no more of them than threads need.
        var groupings = Enumerable.Range(1, S.Filters).Where(g => S.Filters % g == 0);
        _groups = groupings.FirstOrDefault(g => g * _slices >= device.Team.ThreadCount, S.Filters);
        int perSlice = (_grid.Count + _slices - 1) / _slices, wanted = Math.Clamp(12_288 / Math.Max(_inChannels, _outChannels), _inChannels > 256 ? 192 : 96, 384);
        _tilesPerBlock = Math.Min(perSlice, wanted);
        _xLayout = ValueLayout.ByBlock(_tilesPerBlock, _inChannels, GemmKernel.MaxWidth);
        _yLayout = ValueLayout.ByBlock(_tilesPerBlock, _outChannels, GemmKernel.VectorWidth);
    }

    private int RowsPerGroup => S.Filters / _groups;

    private long SumLength => (long)Scheme.FilterPlanes<S>() * _outChannels * _pitch;

    /// <summary>Computes the gradient.</summary>
    public void Run()
    {
        long xFloats = _xLayout.PlaneStride * RowsPerGroup * S.Filters, yFloats = _yLayout.PlaneStride * RowsPerGroup * S.Products;
        var sums = _device.Memory.Allocate(_slices * SumLength * sizeof(float));
        try
        {
            float* start = (float*)sums.Address;
            using (var scratch = new MemberScratch(_device, xFloats + yFloats + InputTransform<S>.ScratchFloats(Math.Max(_inChannels, _outChannels))))
            {
                _device.Team.For(_slices * _groups, (part, member) =>
                {
                    float* memory = scratch.Of(member);
                    RunPart(part / _groups, part % _groups, start, memory, memory + xFloats, memory + xFloats + yFloats);
                });
            }

            _device.Team.For((_outChannels + ChannelsPerPart - 1) / ChannelsPerPart, part => VectorLoops.Run(
                new Finish(start, _slices, SumLength, _outChannels, _inChannels, _pitch, _gradWeight, _accumulate),
                part * ChannelsPerPart, Math.Min(_outChannels, (part + 1) * ChannelsPerPart)));
        }
        finally
        {
            sums.Release();
        }
    }

    private void RunPart(int slice, int group, float* sums, float* x, float* y, float* scratch)
    {
        int rowStart = group * RowsPerGroup, rowEnd = rowStart + RowsPerGroup;
        int end = (int)((long)_grid.Count * (slice + 1) / _slices);
        float* sum = sums + slice * SumLength + (long)rowStart * S.Filters * _outChannels * _pitch;
        bool accumulate = false;
        for (int first = (int)((long)_grid.Count * slice / _slices); first < end; first += _tilesPerBlock)
        {
            int count = Math.Min(_tilesPerBlock, end - first);
            new InputTransform<S>(_grid, _x, _prologue).Run(first, count, x, _xLayout, rowStart, rowEnd, scratch);
            new GradientTransform<S>(_grid, _gradY).Run(first, count, y, _yLayout, rowStart, rowEnd, scratch);
            for (int row = 0; row < RowsPerGroup; row++)
                for (int j = 0; j < S.Filters; j++)
                {
                    int plane = S.Filters * row + j;
                    float* gradient = y + (S.Products * row + S.ProductOf(j)) * _yLayout.PlaneStride;
                    Multiply(count, x + plane * _xLayout.PlaneStride, gradient, sum + (long)plane * _outChannels * _pitch, accumulate);
                }
            accumulate = true;
        }
    }

    /// <summary>sum [outC, pitch] (+)= y [tiles, outC]^T x [tiles, inC].</summary>
    private void Multiply(int count, float* x, float* y, float* sum, bool accumulate)
    {
        int* yRows = stackalloc int[GemmKernel.Rows], sumRows = stackalloc int[GemmKernel.Rows];
        int segment = 0, vector = GemmKernel.VectorWidth;
        var tile = new GemmTile
        {
            ARows = yRows,
            CRows = sumRows,
            ASegments = &segment,
            BSegments = &segment,
            SegmentCount = 1,
            Run = count,
            AStep = vector,
            Accumulate = accumulate,
            TargetIsFar = true,
        };
        for (int i = 0; i < GemmKernel.Rows; i++) sumRows[i] = i * _pitch;
        for (int panel = 0; panel < _panels.Count; panel++)
        {
            int width = _panels.WidthOf(panel);
            tile.B = x + panel * _xLayout.BlockStride;
            tile.BStep = GemmKernel.MaxWidth;
            for (int channel = 0; channel < _outChannels; channel += GemmKernel.Rows)
            {
                int rows = Math.Min(GemmKernel.Rows, _outChannels - channel);
                for (int i = 0; i < rows; i++) yRows[i] = (int)((channel + i) / vector * _yLayout.BlockStride) + (channel + i) % vector;
                tile.A = y;
                tile.C = sum + (long)channel * _pitch + panel * GemmKernel.MaxWidth;
                GemmKernel.Run(&tile, rows, width, width);
            }
        }
    }

    /// <summary>Output channels: adds the slices up and turns the planes into nine taps.</summary>
    private readonly struct Finish(
        float* sums, int slices, long sumLength, int outChannels, int inChannels, int pitch, float* gradWeight, bool accumulate) : IRangeKernel
    {
        public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
        {
            float* room = stackalloc float[(Scheme.FilterPlanes<S>() + Scheme.Taps * S.Filters) * Scheme.Lanes + Scheme.Lanes], temporary = Scheme.Aligned(room);
            for (long channel = start; channel < end; channel++)
                VectorLoops.Elements<Taps, V>(
                    new Taps(
                        sums + channel * pitch, slices, sumLength, (nint)outChannels * pitch, gradWeight + channel * Scheme.TapCount * inChannels, inChannels,
                        accumulate, temporary),
                    0, inChannels);
        }
    }

    /// <summary>The filters of one output channel.</summary>
    private readonly struct Taps(
        float* sums, int slices, long sumLength, nint planeStride, float* gradWeight, int inChannels, bool accumulate, float* values) : IElementKernel
    {
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V>
        {
            for (int plane = 0; plane < Scheme.FilterPlanes<S>(); plane++)
            {
                float* from = sums + plane * planeStride + c;
                V sum = V.Load(from);
                for (int slice = 1; slice < slices; slice++) sum += V.Load(from + slice * sumLength);
                sum.Store(values + plane * V.Count);
            }

            nint pitch = S.Filters * V.Count;
            float* half = values + S.Filters * pitch;
            for (int j = 0; j < S.Filters; j++)
                S.FilterAdjoint<V, MemoryLine<V>, MemoryLine<V>>(new MemoryLine<V>(values + j * V.Count, pitch), new MemoryLine<V>(half + j * V.Count, pitch));
            for (int r = 0; r < Scheme.Taps; r++)
                S.FilterAdjoint<V, MemoryLine<V>, Row<V>>(new MemoryLine<V>(half + r * pitch, V.Count), new Row<V>(gradWeight + (nint)(Scheme.Taps * r) * inChannels + c, inChannels, accumulate));
        }
    }

    /// <summary>A row of taps of the result.</summary>
    private readonly struct Row<V>(float* first, nint stride, bool accumulate) : ILineTarget<V> where V : unmanaged, IVec<V>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(int i, V value)
        {
            float* to = first + i * stride;
            if (accumulate) value += V.Load(to);
            value.Store(to);
        }
    }
}
