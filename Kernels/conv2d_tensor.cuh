// 2-d convolutions on tensor cores, as implicit matrix products (no im2col in memory). NHWC; weights [outC, kH, kW, inC].
//
//   forward          y[p, o]          = sum over (tap, c) of x'[pixel of p under tap, c] * w[o, tap, c]        128 pixels x BN output channels per block
//   backward-input   g[p, c]          = sum over (tap, o) of gy[pixel that p reaches by tap, o] * w[o, tap, c] 128 pixels x BN input channels
//   backward-weight  gw[o, (tap, c)]  = sum over p of x'[pixel of p under tap, c] * gy[p, o]                   128 (tap, c) x BN output channels
//
// x' = relu(x * scale + shift), a batch norm applied while reading, where the launch asks for it. Forward may add a residual and reduce its output to mean and
// variance per channel; backward-input may add to what is there, zero the gradient where relu(x * scale + shift) was zero, and reduce it to sum(g) and
// sum(g * (x - mean)). Sums are taken of the values as stored, in fixed order: per tile here, over the tiles in
// conv2d_statistics.cu.
//
// A stride of backward-input is split into phases, one launch each: the pixels with equal remainders see a dense convolution with every stride-th tap.
// Backward-weight cuts the pixels into gridDim.z ranges; each writes its partial sums, gemm_splits.cu adds them in order.
//
// tf32: float in memory, rounded to tf32 on the way into the tensor core. bf16: bf16 in memory, weight gradient float. Accumulation is float32 in both.
// Preconditions: both channel counts are multiples of 8 (bf16) or 4 (tf32), addresses multiples of 16; every tensor has less than 2^31 elements.
// Bound: the tensor cores; per block and stage 256 mma (BN = 128) stand against 2 x (128 + BN) x 32 bytes copied.
//
// A file for each type has the kernels: conv2d_tf32.cu, conv2d_bf16.cu. A process that uses one type need not wait for the driver to assemble the other.
#pragma once

#include "Common/mma_conv.cuh"
#include "Common/mma_epilogue.cuh"

extern __shared__ __align__(128) unsigned char shared_memory[];

extern "C" struct TensorConvArgs
{
    const void* source; // [n, source_h, source_w, C]: x, or gy
    const void* weight; // [outC, kH, kW, inC]
    void* target;       // [n, target_h, target_w, outputs]: y, or gx
    const void* addend; // like target: the residual, or target itself to accumulate; or null
    const float* scale; // [C] of the prologue, or [outputs] of the batch norm behind a gradient; or null
    const float* shift; // like scale
    const void* norm_x; // like target: the batch norm's input; or null
    const float* norm_mean; // [outputs], together with norm_x
    float* tile_first;  // [tiles of 128 pixels, outputs] or null: means, or sums of gradients
    float* tile_second; // like tile_first: sums of squares of deviations from these means, or of gradients times deviations
    Gather gather;
    FilterTaps taps;
    int pixels, outputs, relu, tiles_n;
    int dense; // target pixels are consecutive; else pixel (n, i, j) is (n, i * target_step_h + target_origin_h, ...)
    int target_h, target_w, target_step_h, target_step_w, target_origin_h, target_origin_w;
};

// Adds, rounds, stores and reduces.
template <typename T, int BN, bool Backward> struct ConvSink
{
    static constexpr int N = ChunkElements<T>;

    const TensorConvArgs& a;
    int first_pixel, first_output;
    float mean[N], scale[N], shift[N]; // of this thread's columns; in forward, mean is the first row: near the true one, so that squares stay small
    float sum[N], sum_deviation[N];    // in forward, of squares

    __device__ __forceinline__ ConvSink(const TensorConvArgs& args, int pixel, int output) : a(args), first_pixel(pixel), first_output(output)
    {
#pragma unroll
        for (int i = 0; i < N; i++)
            mean[i] = scale[i] = shift[i] = sum[i] = sum_deviation[i] = 0;
    }

    __device__ __forceinline__ long long offset_of(int pixel, int output) const
    {
        long long place = pixel;
        if (!a.dense)
        {
            int image, row, column;
            a.gather.columns.divide(pixel, row, column);
            a.gather.rows.divide(row, image, row);
            place = ((long long)image * a.target_h + row * a.target_step_h + a.target_origin_h) * a.target_w + column * a.target_step_w + a.target_origin_w;
        }
        return place * a.outputs + output;
    }

    __device__ __forceinline__ void add(long long offset, float (&v)[N]) const
    {
        if (a.addend == nullptr)
            return;
        float addend[N];
        load_chunk((const T*)a.addend + offset, addend);
#pragma unroll
        for (int i = 0; i < N; i++)
            v[i] += addend[i];
    }

    __device__ __forceinline__ void begin(int column, float (&v)[N])
    {
        int output = first_output + column;
        if (output >= a.outputs)
            return;
        if (Backward && a.norm_x != nullptr)
        {
            load_floats(a.norm_mean + output, mean);
            load_floats(a.scale + output, scale);
            load_floats(a.shift + output, shift);
        }
        if (!Backward && a.tile_first != nullptr)
        {
            add(offset_of(first_pixel, output), v);
            pack_chunk(v);
#pragma unroll
            for (int i = 0; i < N; i++)
                mean[i] = v[i];
        }
    }

    __device__ __forceinline__ void row(int row, int column, float (&v)[N])
    {
        int pixel = first_pixel + row, output = first_output + column;
        if (pixel >= a.pixels || output >= a.outputs)
            return;
        long long offset = offset_of(pixel, output);
        add(offset, v);
        if (Backward && a.norm_x != nullptr)
        {
            float x[N];
            load_chunk((const T*)a.norm_x + offset, x);
#pragma unroll
            for (int i = 0; i < N; i++)
                v[i] = a.relu && !(fmaf(x[i], scale[i], shift[i]) > 0) ? 0 : v[i];
            store_chunk((T*)a.target + offset, v);
#pragma unroll
            for (int i = 0; i < N; i++)
            {
                sum[i] += v[i];
                sum_deviation[i] = fmaf(v[i], x[i] - mean[i], sum_deviation[i]);
            }
            return;
        }
        store_chunk((T*)a.target + offset, v);
        if (!Backward)
#pragma unroll
            for (int i = 0; i < N; i++)
            {
                float d = v[i] - mean[i];
                sum[i] += d;
                sum_deviation[i] = fmaf(d, d, sum_deviation[i]);
            }
    }
};

template <typename T, int BN, bool Backward> __device__ __forceinline__ void convolve(const TensorConvArgs& a)
{
    int tile_m = blockIdx.x / a.tiles_n, first_pixel = tile_m * BM, first_output = (blockIdx.x - tile_m * a.tiles_n) * BN;
    unsigned shared = shared_address(shared_memory);
    Accumulators<BN> d;
    int steps = (a.gather.depth + Depth<T> - 1) / Depth<T>;
    if constexpr (Backward)
    {
        PixelRows<T> pixels(a.gather, Prologue{nullptr, nullptr, 0}, (const T*)a.source, first_pixel, a.pixels);
        FilterRows<T, BN> filter{a.gather, a.taps, (const T*)a.weight, first_output, a.outputs};
        multiply<T>(pixels, filter, steps, shared, d);
    }
    else
    {
        PixelRows<T> pixels(a.gather, Prologue{a.scale, a.shift, a.relu}, (const T*)a.source, first_pixel, a.pixels);
        DepthContiguousMatrix<T, BN> filter{(const T*)a.weight, a.gather.depth, first_output, a.outputs, a.gather.depth};
        multiply<T>(pixels, filter, steps, shared, d);
    }

    float* staged = (float*)shared_memory;
    ConvSink<T, BN, Backward> sink(a, first_pixel, first_output);
    hand_out<T, BN>(d, staged, sink);
    if (a.tile_first == nullptr)
        return;
    // The columns' first rows, for the threads that add columns up.
    float* first_rows = staged + SummedFloats<T>;
    if (!Backward && (int)threadIdx.x < OutputShare<T, BN>::ChunksPerRow)
        write_staged(first_rows + OutputShare<T, BN>::column(), sink.mean);
    sum_columns<T, BN>(staged, sink.sum, sink.sum_deviation, [&](int column, float s, float q) {
        int output = first_output + column;
        if (output >= a.outputs)
            return;
        long long to = (long long)tile_m * a.outputs + output;
        if (!Backward)
        {
            float count = min(BM, a.pixels - first_pixel);
            float deviation = s / count;
            s = first_rows[column] + deviation;
            q = fmaxf(fmaf(-deviation, deviation * count, q), 0.0f);
        }
        a.tile_first[to] = s;
        a.tile_second[to] = q;
    });
}

extern "C" struct TensorConvWeightArgs
{
    const void* source; // [n, source_h, source_w, C]: x
    const void* grad;   // [pixels, outputs]: gy
    float* partials;    // [gridDim.z, outputs, depth]
    const float* scale; // [C] of the prologue, or null
    const float* shift; // [C]
    Gather gather;      // depth = taps * C
    int pixels, outputs, relu, tiles_n;
    int steps, steps_per_split;
};

template <typename T, int BN> __device__ __forceinline__ void convolve_backward_weight(const TensorConvWeightArgs& a)
{
    int tile_m = blockIdx.x / a.tiles_n, first_row = tile_m * BM, first_output = (blockIdx.x - tile_m * a.tiles_n) * BN;
    int first_step = blockIdx.z * a.steps_per_split, first_pixel = first_step * Depth<T>;
    Accumulators<BN> d;
    PixelColumns<T> pixels(a.gather, Prologue{a.scale, a.shift, a.relu}, (const T*)a.source, first_row, first_pixel, a.pixels);
    DepthRowsMatrix<T, BN> grad{(const T*)a.grad + (long long)first_pixel * a.outputs, a.outputs, first_output, a.outputs, a.pixels - first_pixel};
    multiply<T>(pixels, grad, min(a.steps_per_split, a.steps - first_step), shared_address(shared_memory), d);

    // Eight lanes have eight consecutive rows of d, which are consecutive in memory: full sectors without a detour.
    int lane = threadIdx.x % 32;
    float* to = a.partials + (long long)blockIdx.z * a.outputs * a.gather.depth;
#pragma unroll
    for (int i = 0; i < MmaRows; i++)
#pragma unroll
        for (int j = 0; j < BN / WarpsN / 8; j++)
#pragma unroll
            for (int k = 0; k < 4; k++)
            {
                int row = first_row + warp_row() + 16 * i + 8 * (k / 2) + lane / 4;
                int output = first_output + warp_column<BN>() + 8 * j + 2 * (lane % 4) + k % 2;
                if (row < a.gather.depth && output < a.outputs)
                    to[(long long)output * a.gather.depth + row] = d[i][j][k];
            }
}

// The three passes with tiles of BN columns.
#define CONV_KERNELS(T, dtype, BN)                                                                                                                            \
    extern "C" __global__ void __launch_bounds__(Threads, 2) conv2d_forward_##dtype##_128x##BN(const TensorConvArgs a) { convolve<T, BN, false>(a); }         \
    extern "C" __global__ void __launch_bounds__(Threads, 2) conv2d_backward_input_##dtype##_128x##BN(const TensorConvArgs a) { convolve<T, BN, true>(a); }   \
    extern "C" __global__ void __launch_bounds__(Threads, 2) conv2d_backward_weight_##dtype##_128x##BN(const TensorConvWeightArgs a)                          \
    {                                                                                                                                                         \
        convolve_backward_weight<T, BN>(a);                                                                                                                   \
    }
