// y (+)= scale * sum of x over some of its axes; and whether an array holds a NaN or an infinity.
//
// In two steps: partial sums partial[part][output] in double, then reduce_sum_finish adds the parts of each output in order, scales, and puts it where y
// has it. What is added in which order depends on shapes alone, so the bits are the same on every device.
//   rows     the last axis is summed: a warp, or a block where rows are long, takes a piece of a row.
//   columns  an axis before the last is summed (N, H, W of an NHWC image): a thread takes four neighbouring columns and every so many rows of a piece of
//            the rows; the threads of a column are added up through shared memory.
//   axes     any other: a warp per output and part where the innermost axis is summed, a thread where it is kept, so that neighbouring threads read
//            neighbouring elements.
// Four elements are added in float before they are added to a double, which keeps double arithmetic to a quarter. Bound by memory.
//
// Targets: sm_75.

#include "Common/axes.cuh"
#include "Common/pack.cuh"
#include "Common/reduce.cuh"

constexpr int Threads = 256;
constexpr int Width = WidestPack<float>;
constexpr int Pitch = Threads + 4;

extern "C" struct SumRowsArgs
{
    const float* x;  // [outputs, length]
    double* partial; // [parts, outputs]
    long long outputs;
    long long length;
    long long chunk; // elements of a part, a multiple of 4
    int parts;
    int padding;
};

extern "C" struct SumColumnsArgs
{
    const float* x;  // [batch, rows, columns]
    double* partial; // [parts, batch, columns]
    long long batch;
    long long rows;
    long long columns;
    long long chunk; // rows of a part
    int parts;
    int tile; // threads beside each other: each takes one column, or one pack of columns
};

extern "C" struct SumAxesArgs
{
    const float* x;
    double* partial; // [parts, outputs]
    long long outputs;
    long long length; // elements behind one output
    long long chunk;  // elements of a part
    Axes kept;
    AxisStrides kept_strides;
    Axes summed;
    AxisStrides summed_strides;
    int parts;
    int padding;
};

extern "C" struct SumFinishArgs
{
    const double* partial; // [parts, outputs]
    float* y;
    long long outputs;
    Axes kept;
    AxisStrides y_strides;
    int parts;
    int lanes; // threads that share an output; divides the block
    float scale;
    int accumulate;
};

extern "C" struct NonFiniteArgs
{
    const float* x; // [n]
    int* found;     // scalar, 0 before
    long long n;
};

__device__ __forceinline__ float sum_of(const Pack<float, Width>& v) { return (v.at[0] + v.at[1]) + (v.at[2] + v.at[3]); }

// The sum of [first, end) by `lanes` threads, of which this is number `lane`: this one's share.
__device__ __forceinline__ double sum_share(const float* first, const float* end, int lane, int lanes)
{
    // Elements before the first 16-byte boundary, then packs, then the rest.
    long long head = (16 - (reinterpret_cast<unsigned long long>(first) & 15)) / sizeof(float) % Width;
    const float* packs = first + min(head, (long long)(end - first));
    const float* rest = packs + (end - packs) / Width * Width;
    double sum = 0;
    if (first + lane < packs)
        sum += first[lane];
    for (const float* p = packs + lane * Width; p < rest; p += lanes * Width)
        sum += sum_of(load_pack<Width>(p));
    if (rest + lane < end)
        sum += rest[lane];
    return sum;
}

extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_rows_warp_f32(const SumRowsArgs a)
{
    constexpr int Warps = Threads / 32;
    int lane = threadIdx.x % 32;
    for (long long unit = blockIdx.x * (long long)Warps + threadIdx.x / 32; unit < a.outputs; unit += (long long)gridDim.x * Warps)
    {
        const float* row = a.x + unit * a.length;
        double sum = warp_sum(sum_share(row, row + a.length, lane, 32));
        if (lane == 0)
            a.partial[unit] = sum;
    }
}

extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_rows_block_f32(const SumRowsArgs a)
{
    for (long long unit = blockIdx.x; unit < a.outputs * a.parts; unit += gridDim.x)
    {
        long long output = unit / a.parts;
        int part = (int)(unit - output * a.parts);
        const float* row = a.x + output * a.length;
        double sum = block_sum<Threads>(sum_share(row + part * a.chunk, row + min(a.length, (part + 1) * a.chunk), threadIdx.x, Threads));
        if (threadIdx.x == 0)
            a.partial[part * a.outputs + output] = sum;
    }
}

template <int W> __device__ __forceinline__ void sum_columns(const SumColumnsArgs& a, double* shared)
{
    long long packs = a.columns / W, tiles = (packs + a.tile - 1) / a.tile;
    int lanes = Threads / a.tile; // rows at once
    int lane = threadIdx.x / a.tile, place = threadIdx.x % a.tile;
    for (long long work = blockIdx.x; work < a.batch * a.parts * tiles; work += gridDim.x)
    {
        long long group = work / tiles, pack = (work - group * tiles) * a.tile + place;
        long long n = group / a.parts;
        int part = (int)(group - n * a.parts);
        bool active = lane < lanes && pack < packs;

        double sum[W] = {};
        if (active)
        {
            const float* x = a.x + n * a.rows * a.columns + pack * W;
            long long end = min(a.rows, (part + 1) * a.chunk), row = part * a.chunk + lane;
            for (; row + 3 * lanes < end; row += 4 * lanes)
            {
                auto r0 = load_pack<W>(x + row * a.columns), r1 = load_pack<W>(x + (row + lanes) * a.columns);
                auto r2 = load_pack<W>(x + (row + 2 * lanes) * a.columns), r3 = load_pack<W>(x + (row + 3 * lanes) * a.columns);
#pragma unroll
                for (int j = 0; j < W; j++)
                    sum[j] += (r0.at[j] + r1.at[j]) + (r2.at[j] + r3.at[j]);
            }
            for (; row < end; row += lanes)
            {
                auto r = load_pack<W>(x + row * a.columns);
#pragma unroll
                for (int j = 0; j < W; j++)
                    sum[j] += r.at[j];
            }
        }

        // Component by component, so that neighbouring threads write neighbouring banks; the four doubles between components put those of one pack, which
        // neighbouring threads read, into different banks.
#pragma unroll
        for (int j = 0; j < W; j++)
            shared[j * Pitch + threadIdx.x] = sum[j];
        __syncthreads();
        long long first = (pack - place) * W;
        double* target = a.partial + (part * a.batch + n) * a.columns + first;
        for (int column = threadIdx.x; column < a.tile * W && first + column < a.columns; column += Threads)
        {
            const double* component = shared + column % W * Pitch + column / W;
            double total = component[0];
            for (int other = 1; other < lanes; other++)
                total += component[other * a.tile];
            target[column] = total;
        }
        __syncthreads();
    }
}

extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_columns_pack_f32(const SumColumnsArgs a)
{
    __shared__ double shared[Pitch * Width];
    sum_columns<Width>(a, shared);
}

extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_columns_f32(const SumColumnsArgs a)
{
    __shared__ double shared[Pitch];
    sum_columns<1>(a, shared);
}

template <int Lanes> __device__ __forceinline__ void sum_axes(const SumAxesArgs& a)
{
    int lane = threadIdx.x % Lanes;
    long long units = (long long)gridDim.x * (Threads / Lanes);
    for (long long unit = blockIdx.x * (long long)(Threads / Lanes) + threadIdx.x / Lanes; unit < a.outputs * a.parts; unit += units)
    {
        long long part = unit / a.outputs, output = unit - part * a.outputs;
        const float* x = a.x + offset_of(a.kept, a.kept_strides, output);
        long long end = min(a.length, (part + 1) * a.chunk);
        double sum = 0;
        for (long long i = part * a.chunk + lane; i < end; i += Lanes)
            sum += x[offset_of(a.summed, a.summed_strides, i)];
        if (Lanes == 32)
            sum = warp_sum(sum);
        if (lane == 0)
            a.partial[unit] = sum;
    }
}

extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_axes_warp_f32(const SumAxesArgs a) { sum_axes<32>(a); }

extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_axes_thread_f32(const SumAxesArgs a) { sum_axes<1>(a); }

extern "C" __global__ void __launch_bounds__(Threads) reduce_sum_finish_f32(const SumFinishArgs a)
{
    __shared__ double shared[Threads];
    int outputs = Threads / a.lanes; // of this block
    int lane = threadIdx.x / outputs, place = threadIdx.x % outputs;
    for (long long first = blockIdx.x * (long long)outputs; first < a.outputs; first += (long long)gridDim.x * outputs)
    {
        long long output = first + place;
        double sum = 0;
        if (output < a.outputs)
            for (int part = lane; part < a.parts; part += a.lanes)
                sum += a.partial[part * a.outputs + output];
        if (a.lanes > 1)
        {
            shared[threadIdx.x] = sum;
            __syncthreads();
            if (lane == 0)
                for (int other = 1; other < a.lanes; other++)
                    sum += shared[other * outputs + place];
            __syncthreads();
        }
        if (lane == 0 && output < a.outputs)
        {
            float* y = a.y + offset_of(a.kept, a.y_strides, output);
            float value = (float)(sum * a.scale);
            *y = a.accumulate ? *y + value : value;
        }
    }
}

// Which of several blocks sets the flag does not matter.
struct NonFinite
{
    const float* x;
    mutable float sum;

    // 0 x is zero for every finite x and NaN for the others, and NaN stays in a sum.
    template <int W> __device__ __forceinline__ void run(long long i) const
    {
        auto pack = load_pack<W>(x + i);
#pragma unroll
        for (int j = 0; j < W; j++)
            sum = fmaf(pack.at[j], 0.0f, sum);
    }
};

extern "C" __global__ void __launch_bounds__(Threads) has_non_finite_f32(const NonFiniteArgs a)
{
    NonFinite f{a.x, 0.0f};
    for_elements<Width>(a.n, is_aligned(a.x), f);
    if (__any_sync(AllLanes, f.sum != f.sum) && threadIdx.x % 32 == 0)
        atomicOr(a.found, 1);
}
