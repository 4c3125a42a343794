// y (+)= scale * sum of x over some of its axes; and whether an array holds a NaN or an infinity.
//
// In two steps: partial sums partial[part][output] in double, then reduce_sum_finish adds the parts of each output in order, scales, and puts it where y
// has it. What is added in which order depends on shapes alone, so the bits are the same on every device.
//   rows     the last axis is summed: a warp, or a block where rows are long, takes a piece of a row.
//   columns  an axis before the last is summed (N, H, W of an NHWC image): a thread takes 16 bytes of neighbouring columns and every so many rows of a piece of
//            the rows; the threads of a column are added up through shared memory.
//   axes     any other: a warp per output and part where the innermost axis is summed, a thread where it is kept, so that neighbouring threads read
//            neighbouring elements.
// Four elements, of bfloat16 eight, are added in float before they are added to a double, which keeps double arithmetic to a quarter. Bound by memory.
#pragma once

#include "Common/axes.cuh"
#include "Common/pack.cuh"
#include "Common/reduce.cuh"

constexpr int Threads = 256;

extern "C" struct SumRowsArgs
{
    const void* x;   // [outputs, length] T
    double* partial; // [parts, outputs]
    long long outputs;
    long long length;
    long long chunk; // elements of a part, a multiple of 4
    int parts;
    int padding;
};

extern "C" struct SumColumnsArgs
{
    const void* x;   // [batch, rows, columns] T
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
    const void* x;   // T
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
    void* y;               // T
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
    const void* x; // [n] T
    int* found;    // scalar, 0 before
    long long n;
};

// In a tree.
__device__ __forceinline__ float sum_of(const Pack<float, 4>& v) { return (v.at[0] + v.at[1]) + (v.at[2] + v.at[3]); }

__device__ __forceinline__ float sum_of(const Pack<float, 8>& v)
{
    return ((v.at[0] + v.at[1]) + (v.at[2] + v.at[3])) + ((v.at[4] + v.at[5]) + (v.at[6] + v.at[7]));
}

// The sum of [first, end) by `lanes` threads, of which this is number `lane`: this one's share.
template <typename T> __device__ __forceinline__ double sum_share(const T* first, const T* end, int lane, int lanes)
{
    constexpr int Width = WidestPack<T>;
    // Elements before the first 16-byte boundary, then packs, then the rest.
    long long head = (16 - (reinterpret_cast<unsigned long long>(first) & 15)) / sizeof(T) % Width;
    const T* packs = first + min(head, (long long)(end - first));
    const T* rest = packs + (end - packs) / Width * Width;
    double sum = 0;
    if (first + lane < packs)
        sum += to_float(first[lane]);
    for (const T* p = packs + lane * Width; p < rest; p += lanes * Width)
        sum += sum_of(load_floats<Width>(p));
    if (rest + lane < end)
        sum += to_float(rest[lane]);
    return sum;
}

template <typename T> __device__ __forceinline__ void sum_rows_warp(const SumRowsArgs& a)
{
    constexpr int Warps = Threads / 32;
    int lane = threadIdx.x % 32;
    for (long long unit = blockIdx.x * (long long)Warps + threadIdx.x / 32; unit < a.outputs; unit += (long long)gridDim.x * Warps)
    {
        const T* row = static_cast<const T*>(a.x) + unit * a.length;
        double sum = warp_sum(sum_share(row, row + a.length, lane, 32));
        if (lane == 0)
            a.partial[unit] = sum;
    }
}

template <typename T> __device__ __forceinline__ void sum_rows_block(const SumRowsArgs& a)
{
    for (long long unit = blockIdx.x; unit < a.outputs * a.parts; unit += gridDim.x)
    {
        long long output = unit / a.parts;
        int part = (int)(unit - output * a.parts);
        const T* row = static_cast<const T*>(a.x) + output * a.length;
        double sum = block_sum<Threads>(sum_share(row + part * a.chunk, row + min(a.length, (part + 1) * a.chunk), threadIdx.x, Threads));
        if (threadIdx.x == 0)
            a.partial[part * a.outputs + output] = sum;
    }
}

// W neighbouring columns to a thread.
template <typename T, int W> __device__ __forceinline__ void sum_columns(const SumColumnsArgs& a)
{
    constexpr int Pitch = Threads + 16 / W;
    __shared__ double shared[Pitch * W];
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
            const T* x = static_cast<const T*>(a.x) + n * a.rows * a.columns + pack * W;
            long long end = min(a.rows, (part + 1) * a.chunk), row = part * a.chunk + lane;
            for (; row + 3 * lanes < end; row += 4 * lanes)
            {
                auto r0 = load_floats<W>(x + row * a.columns), r1 = load_floats<W>(x + (row + lanes) * a.columns);
                auto r2 = load_floats<W>(x + (row + 2 * lanes) * a.columns), r3 = load_floats<W>(x + (row + 3 * lanes) * a.columns);
#pragma unroll
                for (int j = 0; j < W; j++)
                    sum[j] += (r0.at[j] + r1.at[j]) + (r2.at[j] + r3.at[j]);
            }
            for (; row < end; row += lanes)
            {
                auto r = load_floats<W>(x + row * a.columns);
#pragma unroll
                for (int j = 0; j < W; j++)
                    sum[j] += r.at[j];
            }
        }

        // Component by component, so that neighbouring threads write neighbouring banks; the doubles between components put those of one pack, which
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

template <typename T, int Lanes> __device__ __forceinline__ void sum_axes(const SumAxesArgs& a)
{
    int lane = threadIdx.x % Lanes;
    long long units = (long long)gridDim.x * (Threads / Lanes);
    for (long long unit = blockIdx.x * (long long)(Threads / Lanes) + threadIdx.x / Lanes; unit < a.outputs * a.parts; unit += units)
    {
        long long part = unit / a.outputs, output = unit - part * a.outputs;
        const T* x = static_cast<const T*>(a.x) + offset_of(a.kept, a.kept_strides, output);
        long long end = min(a.length, (part + 1) * a.chunk);
        double sum = 0;
        for (long long i = part * a.chunk + lane; i < end; i += Lanes)
            sum += to_float(x[offset_of(a.summed, a.summed_strides, i)]);
        if (Lanes == 32)
            sum = warp_sum(sum);
        if (lane == 0)
            a.partial[unit] = sum;
    }
}

template <typename T> __device__ __forceinline__ void sum_finish(const SumFinishArgs& a)
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
            T* y = static_cast<T*>(a.y) + offset_of(a.kept, a.y_strides, output);
            float value = (float)(sum * a.scale);
            *y = from_float<T>(a.accumulate ? to_float(*y) + value : value);
        }
    }
}

// Which of several blocks sets the flag does not matter.
template <typename T> struct NonFinite
{
    const T* x;
    mutable float sum;

    // 0 x is zero for every finite x and NaN for the others, and NaN stays in a sum.
    template <int W> __device__ __forceinline__ void run(long long i) const
    {
        auto pack = load_floats<W>(x + i);
#pragma unroll
        for (int j = 0; j < W; j++)
            sum = fmaf(pack.at[j], 0.0f, sum);
    }
};

template <typename T> __device__ __forceinline__ void has_non_finite(const NonFiniteArgs& a)
{
    NonFinite<T> f{static_cast<const T*>(a.x), 0.0f};
    for_elements<WidestPack<T>>(a.n, is_aligned(f.x), f);
    if (__any_sync(AllLanes, f.sum != f.sum) && threadIdx.x % 32 == 0)
        atomicOr(a.found, 1);
}
