// Maximum and average pooling of channels-last images, x [N, H, W, C], y [N, outH, outW, C].
//
//   max: y = the largest of each window inside the image, index = h * W + w of the first such; a NaN is larger than every number
//   average: y = sum of the window inside the image / (kernelH kernelW)
//   backward: every pixel of gradX collects from the windows that cover it, so nothing is added twice or has to be zeroed first
//
// A thread has 1, 4 or 8 channels of one pixel of the result: threadIdx.x counts vectors of channels, threadIdx.y pixels, so that a warp reads and writes
// pieces of whole pixels. Where windows are large and results few, as in pooling of whole images, the threads along y share the window of one pixel and
// their sums are added in a tree: average_pool_window. Bound by memory; windows that overlap come from the caches. Sums are float32 whatever the images are.
// Images are float32 or bfloat16 (T): 16 bytes to a thread, but 8 of them in the maximum pooling of bfloat16, where four indices are 16.
// Preconditions: *_vec4_* wants C % 4 == 0, *_vec8_* C % 8 == 0, and 16-byte aligned addresses; blockDim.x * blockDim.y <= 256.
#pragma once

#include "Common/pack.cuh"

constexpr int MostThreads = 256;

// V neighbouring channels of one pixel.
template <int V> using Values = Pack<float, V>;

struct PoolShape
{
    int channels, h, w;
    int kernelH, kernelW;
    int strideH, strideW;
    int paddingH, paddingW;
    int outH, outW;
    int pixels; // of the result of the kernel: N outH outW forward, N H W backward
};

extern "C" struct PoolArgs
{
    const void* x; // [N, H, W, C] T, or [N, outH, outW, C] backward
    void* y;       // [N, outH, outW, C] T, or [N, H, W, C] backward
    int* index;    // [N, outH, outW, C] of maximum pooling
    PoolShape shape;
    int accumulate;
    int unused;
};

// A half-open range along one axis.
struct Range
{
    int first, end;

    // What of an output's window is inside the image.
    static __device__ __forceinline__ Range window(int output, int stride, int padding, int kernel, int size)
    {
        int first = output * stride - padding;
        return {max(first, 0), min(first + kernel, size)};
    }

    // The outputs whose windows cover an input: output * stride - padding in (input - kernel, input].
    static __device__ __forceinline__ Range covering(int input, int stride, int padding, int kernel, int outputs)
    {
        int highest = input + padding, lowest = highest - kernel + 1;
        return {lowest <= 0 ? 0 : (lowest + stride - 1) / stride, min(highest / stride + 1, outputs)};
    }
};

// A pixel of an image of the batch and a place among its channels.
template <int V> struct Place
{
    unsigned pixel, n;
    int row, column, channel;

    __device__ __forceinline__ Place(unsigned pixel, int height, int width) : pixel(pixel)
    {
        unsigned line = pixel / (unsigned)width;
        column = (int)(pixel - line * width);
        n = line / (unsigned)height;
        row = (int)(line - n * height);
        channel = (blockIdx.y * blockDim.x + threadIdx.x) * V;
    }

    __device__ __forceinline__ long long offset(int channels) const { return (long long)pixel * channels + channel; }
};

template <typename T, int V> __device__ __forceinline__ void max_pool(const PoolArgs& a)
{
    const PoolShape& s = a.shape;
    Place<V> at(blockIdx.x * blockDim.y + threadIdx.y, s.outH, s.outW);
    if (at.pixel >= s.pixels || at.channel >= s.channels)
        return;
    Range rows = Range::window(at.row, s.strideH, s.paddingH, s.kernelH, s.h), columns = Range::window(at.column, s.strideW, s.paddingW, s.kernelW, s.w);
    const T* image = static_cast<const T*>(a.x) + (long long)at.n * s.h * s.w * s.channels + at.channel;

    Values<V> best;
    Pack<int, V> place;
    for (int i = 0; i < V; i++)
        best.at[i] = -__builtin_inff(), place.at[i] = rows.first * s.w + columns.first;
    for (int h = rows.first; h < rows.end; h++)
        for (int w = columns.first; w < columns.end; w++)
        {
            int pixel = h * s.w + w;
            Values<V> x = load_floats<V>(image + (long long)pixel * s.channels);
            for (int i = 0; i < V; i++)
                if (!(x.at[i] <= best.at[i]) && best.at[i] == best.at[i]) // a NaN wins, and stays
                    best.at[i] = x.at[i], place.at[i] = pixel;
        }
    store_floats<V>(static_cast<T*>(a.y) + at.offset(s.channels), best);
    store_pack<V>(a.index + at.offset(s.channels), place);
}

// Loads V gradients by one instruction. Written plainly, the loads of those that are not wanted move behind the comparison, one by one.
template <int V> __device__ __forceinline__ Values<V> load_whole(const float* p)
{
    Values<V> r;
    if constexpr (V == 4)
        asm volatile("ld.v4.f32 {%0, %1, %2, %3}, [%4];" : "=f"(r.at[0]), "=f"(r.at[1]), "=f"(r.at[2]), "=f"(r.at[3]) : "l"(p));
    else
        r.at[0] = *p;
    return r;
}

template <int V> __device__ __forceinline__ Values<V> load_whole(const bf16* p)
{
    Stored<bf16, V> r;
    if constexpr (V == 4)
        asm volatile("ld.v2.u32 {%0, %1}, [%2];" : "=r"(r.pack.at[0]), "=r"(r.pack.at[1]) : "l"(p));
    else
        r.pack.at[0] = *p;
    return r.floats();
}

template <typename T, int V> __device__ __forceinline__ void max_pool_backward(const PoolArgs& a)
{
    const PoolShape& s = a.shape;
    Place<V> at(blockIdx.x * blockDim.y + threadIdx.y, s.h, s.w);
    if (at.pixel >= s.pixels || at.channel >= s.channels)
        return;
    Range rows = Range::covering(at.row, s.strideH, s.paddingH, s.kernelH, s.outH);
    Range columns = Range::covering(at.column, s.strideW, s.paddingW, s.kernelW, s.outW);
    long long image = (long long)at.n * s.outH * s.outW * s.channels + at.channel;

    Values<V> sum = {};
    if (a.accumulate)
        sum = load_floats<V>(static_cast<const T*>(a.y) + at.offset(s.channels));
    int self = at.row * s.w + at.column;
    for (int h = rows.first; h < rows.end; h++)
        for (int w = columns.first; w < columns.end; w++)
        {
            long long offset = image + (long long)(h * s.outW + w) * s.channels;
            Pack<int, V> place = load_pack<V>(a.index + offset);
            Values<V> grad = load_whole<V>(static_cast<const T*>(a.x) + offset);
            for (int i = 0; i < V; i++)
                sum.at[i] += place.at[i] == self ? grad.at[i] : 0;
        }
    store_floats<V>(static_cast<T*>(a.y) + at.offset(s.channels), sum);
}

// Divides by the window's size, the same for all windows: padding counts as zeros.
template <int V> __device__ __forceinline__ void scale(Values<V>& sum, const PoolShape& s)
{
    float count = (float)s.kernelH * (float)s.kernelW;
    for (int i = 0; i < V; i++)
        sum.at[i] /= count;
}

template <typename T, int V> __device__ __forceinline__ void average_pool(const PoolArgs& a)
{
    const PoolShape& s = a.shape;
    Place<V> at(blockIdx.x * blockDim.y + threadIdx.y, s.outH, s.outW);
    if (at.pixel >= s.pixels || at.channel >= s.channels)
        return;
    Range rows = Range::window(at.row, s.strideH, s.paddingH, s.kernelH, s.h), columns = Range::window(at.column, s.strideW, s.paddingW, s.kernelW, s.w);
    const T* image = static_cast<const T*>(a.x) + (long long)at.n * s.h * s.w * s.channels + at.channel;

    Values<V> sum = {};
    for (int h = rows.first; h < rows.end; h++)
        for (int w = columns.first; w < columns.end; w++)
        {
            Values<V> x = load_floats<V>(image + (long long)(h * s.w + w) * s.channels);
            for (int i = 0; i < V; i++)
                sum.at[i] += x.at[i];
        }
    scale<V>(sum, s);
    store_floats<V>(static_cast<T*>(a.y) + at.offset(s.channels), sum);
}

// One result pixel for each blockIdx.x; the window's pixels go round the threads along y, four at a time.
template <typename T, int V> __device__ __forceinline__ void average_pool_window(const PoolArgs& a)
{
    constexpr int AtOnce = 4;
    const PoolShape& s = a.shape;
    Place<V> at(blockIdx.x, s.outH, s.outW);
    Range rows = Range::window(at.row, s.strideH, s.paddingH, s.kernelH, s.h), columns = Range::window(at.column, s.strideW, s.paddingW, s.kernelW, s.w);
    const T* image = static_cast<const T*>(a.x) + (long long)at.n * s.h * s.w * s.channels + at.channel;
    bool hasChannels = at.channel < s.channels;

    Values<V> sum = {};
    int width = columns.end - columns.first, count = max(width, 0) * max(rows.end - rows.first, 0);
    for (int first = threadIdx.y; hasChannels && first < count; first += AtOnce * blockDim.y)
    {
        Values<V> x[AtOnce] = {};
        for (int k = 0; k < AtOnce; k++)
            if (int i = first + k * blockDim.y; i < count)
            {
                int row = i / width;
                x[k] = load_floats<V>(image + (long long)((rows.first + row) * s.w + columns.first + i - row * width) * s.channels);
            }
        for (int k = 0; k < AtOnce; k++)
            for (int i = 0; i < V; i++)
                sum.at[i] += x[k].at[i];
    }

    // Each level's upper half hands over to the lower; a level reads what the next does not write.
    __shared__ float sums[V][MostThreads];
    int self = threadIdx.y * blockDim.x + threadIdx.x;
    for (int active = blockDim.y, half; active > 1; active = half)
    {
        half = (active + 1) / 2;
        if ((int)threadIdx.y >= half && (int)threadIdx.y < active)
            for (int i = 0; i < V; i++)
                sums[i][self] = sum.at[i];
        __syncthreads();
        if ((int)threadIdx.y + half < active)
            for (int i = 0; i < V; i++)
                sum.at[i] += sums[i][self + half * blockDim.x];
    }
    if (threadIdx.y > 0 || !hasChannels)
        return;
    scale<V>(sum, s);
    store_floats<V>(static_cast<T*>(a.y) + at.offset(s.channels), sum);
}

template <typename T, int V> __device__ __forceinline__ void average_pool_backward(const PoolArgs& a)
{
    const PoolShape& s = a.shape;
    Place<V> at(blockIdx.x * blockDim.y + threadIdx.y, s.h, s.w);
    if (at.pixel >= s.pixels || at.channel >= s.channels)
        return;
    Range rows = Range::covering(at.row, s.strideH, s.paddingH, s.kernelH, s.outH);
    Range columns = Range::covering(at.column, s.strideW, s.paddingW, s.kernelW, s.outW);
    const T* image = static_cast<const T*>(a.x) + (long long)at.n * s.outH * s.outW * s.channels + at.channel;

    Values<V> before = {}, sum = {};
    if (a.accumulate)
        before = load_floats<V>(static_cast<const T*>(a.y) + at.offset(s.channels));
    for (int h = rows.first; h < rows.end; h++)
        for (int w = columns.first; w < columns.end; w++)
        {
            Values<V> grad = load_floats<V>(image + (long long)(h * s.outW + w) * s.channels);
            for (int i = 0; i < V; i++)
                sum.at[i] += grad.at[i];
        }
    scale<V>(sum, s);
    for (int i = 0; i < V; i++)
        sum.at[i] += before.at[i];
    store_floats<V>(static_cast<T*>(a.y) + at.offset(s.channels), sum);
}
