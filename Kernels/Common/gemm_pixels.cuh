// Operands of gemm_loop that are patches of channels-last images, gathered where they are read: the matrix of patches (im2col) exists nowhere.
#pragma once

#include "Common/gemm_operands.cuh"

// The sizes of a convolution, as Conv2dDimensions in C#.
extern "C" struct Conv2dShape
{
    int n, h, w, in_channels;                       // x
    int out_channels, kernel_h, kernel_w;           // weight
    int stride_h, stride_w, padding_h, padding_w;
    int out_h, out_w;                               // y
};

// Images, and where the windows of output pixels begin in them: pixel (oh, ow) sees rows from oh * step_h + origin_h and columns from ow * step_w + origin_w.
struct PatchGrid
{
    const float* x; // [n, h, w, channels]
    int h, w, channels;
    int pixels, out_h, out_w; // pixels = n * out_h * out_w
    int step_h, step_w, origin_h, origin_w;
};

// x * scale + shift per channel, where there is a scale, then max(x, 0) if relu. What lies outside of the image stays zero.
struct Prologue
{
    const float* scale; // [channels] or null
    const float* shift; // [channels]
    int relu;
};

// The window of one output pixel: its corner in the image. A row of the tile that is no pixel lies outside.
struct Window
{
    int pixel, h, w; // pixel = (n * H + h) * W + w

    __device__ __forceinline__ void find(const PatchGrid& grid, int m)
    {
        int n = m / (grid.out_w * grid.out_h), rest = m - n * (grid.out_w * grid.out_h);
        int oh = rest / grid.out_w, ow = rest - oh * grid.out_w;
        h = oh * grid.step_h + grid.origin_h;
        w = ow * grid.step_w + grid.origin_w;
        pixel = (n * grid.h + h) * grid.w + w;
        if (m >= grid.pixels)
            h = -(1 << 30);
    }

    __device__ __forceinline__ bool has(const PatchGrid& grid, int row, int column) const
    {
        return (unsigned)(h + row) < (unsigned)grid.h && (unsigned)(w + column) < (unsigned)grid.w;
    }
};

// One tap after the other, and of each its channels in pieces of VectorDepth; the last piece of a tap may be cut short.
struct TapWalk
{
    int channels, taps_w;
    int row, column, channel;

    __device__ __forceinline__ TapWalk(int channels, int taps_w) : channels(channels), taps_w(taps_w), row(0), column(0), channel(0) {}

    static __device__ __forceinline__ int pieces(int taps, int channels) { return taps * ((channels + VectorDepth - 1) / VectorDepth); }

    __device__ __forceinline__ void next()
    {
        channel += VectorDepth;
        if (channel < channels)
            return;
        channel = 0;
        if (++column < taps_w)
            return;
        column = 0;
        row++;
    }

    __device__ __forceinline__ int valid() const { return channels - channel; }

    // In [outC][tap][inC].
    __device__ __forceinline__ long long along_k() const { return (long long)(row * taps_w + column) * channels + channel; }
};

// The patches as rows of A, k = (tap, channel). Channels are a multiple of 4.
template <int Extent, int Threads> struct PatchRows
{
    using Map = AlongKMap<Extent, Threads, 4>;
    using Layout = typename Map::Layout;

    const PatchGrid& grid;
    const Prologue& prologue;
    Window window[Map::Rounds];
    float4 value[Map::Rounds];
    unsigned inside; // a bit for each round
    int channel;

    __device__ __forceinline__ PatchRows(const PatchGrid& grid, const Prologue& prologue, int first)
        : grid(grid), prologue(prologue), inside(0), channel(0)
    {
#pragma unroll
        for (int round = 0; round < Map::Rounds; round++)
            window[round].find(grid, Map::Exact || Map::row(round) < Extent ? first + Map::row(round) : grid.pixels);
    }

    __device__ __forceinline__ void fetch(const TapWalk& walk)
    {
        channel = walk.channel + Map::k();
        bool exists = channel < grid.channels;
        const float* from = grid.x + channel;
        int tap = walk.row * grid.w + walk.column;
        inside = 0;
#pragma unroll
        for (int round = 0; round < Map::Rounds; round++)
        {
            bool valid = exists && window[round].has(grid, walk.row, walk.column);
            value[round] = load_or_zero4(from + (long long)(window[round].pixel + tap) * grid.channels, valid);
            inside |= (unsigned)valid << round;
        }
        channel = exists ? channel : 0;
    }

    __device__ __forceinline__ void store(float* memory)
    {
        if (prologue.scale != nullptr)
        {
            float4 scale = *(const float4*)(prologue.scale + channel), shift = *(const float4*)(prologue.shift + channel);
#pragma unroll
            for (int round = 0; round < Map::Rounds; round++)
            {
                bool valid = inside >> round & 1;
                value[round].x = valid ? fmaf(value[round].x, scale.x, shift.x) : 0;
                value[round].y = valid ? fmaf(value[round].y, scale.y, shift.y) : 0;
                value[round].z = valid ? fmaf(value[round].z, scale.z, shift.z) : 0;
                value[round].w = valid ? fmaf(value[round].w, scale.w, shift.w) : 0;
            }
        }
        if (prologue.relu)
#pragma unroll
            for (int round = 0; round < Map::Rounds; round++)
                value[round] = make_float4(relu(value[round].x), relu(value[round].y), relu(value[round].z), relu(value[round].w));
#pragma unroll
        for (int round = 0; round < Map::Rounds; round++)
            Map::store(memory, round, value[round]);
    }
};

// The same for any number of channels, value by value. A thread has one k of each piece and finds its tap by division.
template <int Extent, int Threads> struct PatchRowsOfAny
{
    using Map = AlongKMap<Extent, Threads, 1>;
    using Layout = typename Map::Layout;

    const PatchGrid& grid;
    const Prologue& prologue;
    int taps_w;
    Window window[Map::Rounds];
    float value[Map::Rounds];
    unsigned inside;
    int channel;

    __device__ __forceinline__ PatchRowsOfAny(const PatchGrid& grid, const Prologue& prologue, int taps_w, int first)
        : grid(grid), prologue(prologue), taps_w(taps_w), inside(0), channel(0)
    {
        static_assert(Map::Rounds <= 32, "a bit for each round");
#pragma unroll
        for (int round = 0; round < Map::Rounds; round++)
            window[round].find(grid, first + Map::row(round));
    }

    __device__ __forceinline__ void fetch(const LinearWalk<FloatDepth>& walk)
    {
        int k = walk.k + Map::k(), tap = k / grid.channels, row = tap / taps_w, column = tap - row * taps_w;
        channel = k - tap * grid.channels;
        const float* from = grid.x + channel;
        inside = 0;
#pragma unroll
        for (int round = 0; round < Map::Rounds; round++)
        {
            bool valid = k < walk.end && window[round].has(grid, row, column);
            value[round] = load_or_zero(from + (long long)(window[round].pixel + row * grid.w + column) * grid.channels, valid);
            inside |= (unsigned)valid << round;
        }
    }

    __device__ __forceinline__ void store(float* memory)
    {
        if (prologue.scale != nullptr)
        {
            float scale = prologue.scale[channel], shift = prologue.shift[channel];
#pragma unroll
            for (int round = 0; round < Map::Rounds; round++)
                value[round] = inside >> round & 1 ? fmaf(value[round], scale, shift) : 0;
        }
#pragma unroll
        for (int round = 0; round < Map::Rounds; round++)
            Map::store(memory, round, prologue.relu ? relu(value[round]) : value[round]);
    }
};
