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

// Division by a number that the host knows: quotient = (high half of value * multiplier + value) >> shift, for values below 2^31.
struct FastDivisor
{
    unsigned divisor, multiplier, shift;

    __device__ __forceinline__ int divide(int value) const { return (int)((__umulhi((unsigned)value, multiplier) + (unsigned)value) >> shift); }
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

    // A bit for each tap that lies in the image, of up to 32.
    __device__ __forceinline__ unsigned taps(const PatchGrid& grid, int taps_h, int taps_w) const
    {
        int first = max(0, -w), end = min(taps_w, grid.w - w);
        unsigned columns = first < end ? (0xffffffffu >> (32 - (end - first))) << first : 0, bits = 0;
        for (int row = max(0, -h); row < min(taps_h, grid.h - h); row++)
            bits |= columns << row * taps_w;
        return bits;
    }
};

// One tap after the other, and of each its channels in pieces of VectorDepth; the last piece of a tap may be cut short.
struct TapWalk
{
    int channels, taps_w;
    int tap, row, column, channel; // tap = row * taps_w + column

    __device__ __forceinline__ TapWalk(int channels, int taps_w) : channels(channels), taps_w(taps_w), tap(0), row(0), column(0), channel(0) {}

    static __device__ __forceinline__ int pieces(int taps, int channels) { return taps * ((channels + VectorDepth - 1) / VectorDepth); }

    __device__ __forceinline__ void next()
    {
        channel += VectorDepth;
        if (channel < channels)
            return;
        channel = 0;
        tap++;
        if (++column < taps_w)
            return;
        column = 0;
        row++;
    }

    __device__ __forceinline__ int valid() const { return channels - channel; }

    // In [outC][tap][inC].
    __device__ __forceinline__ long long along_k() const { return (long long)tap * channels + channel; }
};

__device__ __forceinline__ float affine(float x, float scale, float shift) { return fmaf(x, scale, shift); }
__device__ __forceinline__ float4 affine(float4 x, float4 scale, float4 shift)
{
    return make_float4(fmaf(x.x, scale.x, shift.x), fmaf(x.y, scale.y, shift.y), fmaf(x.z, scale.z, shift.z), fmaf(x.w, scale.w, shift.w));
}
__device__ __forceinline__ float or_zero(float x, bool valid) { return valid ? x : 0; }
__device__ __forceinline__ float4 or_zero(float4 x, bool valid) { return make_float4(valid ? x.x : 0, valid ? x.y : 0, valid ? x.z : 0, valid ? x.w : 0); }
__device__ __forceinline__ float4 relu(float4 x) { return make_float4(relu(x.x), relu(x.y), relu(x.z), relu(x.w)); }

// The patches as rows of A, k = (tap, channel). Channels are a multiple of 4, taps at most 32: which of them lie in the image is found once for each row.
template <int Extent, int Threads> struct PatchRows
{
    using Map = AlongKMap<Extent, Threads, 4>;
    using Layout = typename Map::Layout;

    const PatchGrid& grid;
    const Prologue& prologue;
    int pixel[Map::Rounds];     // the window's corner
    unsigned taps[Map::Rounds]; // that lie in the image
    float4 value[Map::Rounds];
    unsigned inside; // a bit for each round
    int channel;

    __device__ __forceinline__ PatchRows(const PatchGrid& grid, const Prologue& prologue, int taps_h, int taps_w, int first)
        : grid(grid), prologue(prologue), inside(0), channel(0)
    {
#pragma unroll
        for (int round = 0; round < Map::Rounds; round++)
        {
            Window window;
            window.find(grid, Map::Exact || Map::row(round) < Extent ? first + Map::row(round) : grid.pixels);
            pixel[round] = window.pixel;
            taps[round] = window.taps(grid, taps_h, taps_w);
        }
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
            bool valid = exists && (taps[round] >> walk.tap & 1);
            value[round] = load_or_zero4(from + (long long)(pixel[round] + tap) * grid.channels, valid);
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
                value[round] = or_zero(affine(value[round], scale, shift), inside >> round & 1); // padding stays zero
        }
        if (prologue.relu)
#pragma unroll
            for (int round = 0; round < Map::Rounds; round++)
                value[round] = relu(value[round]);
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
                value[round] = or_zero(affine(value[round], scale, shift), inside >> round & 1); // padding stays zero
        }
#pragma unroll
        for (int round = 0; round < Map::Rounds; round++)
            Map::store(memory, round, prologue.relu ? relu(value[round]) : value[round]);
    }
};

// The patches as columns of B for a sum over pixels: row k is a pixel of the output, column (tap, channel) is a thread's own all the way.
template <int Extent, int Threads, int Vector> struct PatchColumns
{
    using Map = AlongRowsMap<Extent, Threads, Vector>;
    using Layout = typename Map::Layout;
    using Value = typename VectorOf<Vector>::Type;

    const PatchGrid& grid;
    const FastDivisor &image, &row; // by out_h * out_w and by out_w
    const float* from;              // x at this thread's channel
    int origin_h, origin_w;         // of this thread's tap
    bool exists, scales, relus;
    unsigned inside; // a bit for each round
    Value scale, shift;
    Value value[Map::Rounds];

    __device__ __forceinline__ PatchColumns(
        const PatchGrid& grid, const Prologue& prologue, const FastDivisor& image, const FastDivisor& row, int first, int taps, int taps_w)
        : grid(grid), image(image), row(row), scales(prologue.scale != nullptr), relus(prologue.relu != 0), inside(0)
    {
        int n = first + Map::column(), tap = n / grid.channels, channel = n - tap * grid.channels, tap_h = tap / taps_w;
        exists = tap < taps;
        from = grid.x + channel;
        origin_h = grid.origin_h + tap_h;
        origin_w = grid.origin_w + tap - tap_h * taps_w;
        if (!scales)
            return;
        scale = *(const Value*)(prologue.scale + channel);
        shift = *(const Value*)(prologue.shift + channel);
    }

    __device__ __forceinline__ void fetch(const LinearWalk<Map::BK>& walk)
    {
        inside = 0;
#pragma unroll
        for (int round = 0; round < Map::Rounds; round++)
        {
            int pixel = walk.k + Map::k(round), n = image.divide(pixel), rest = pixel - n * (int)image.divisor;
            int oh = row.divide(rest), ow = rest - oh * (int)row.divisor;
            int h = oh * grid.step_h + origin_h, w = ow * grid.step_w + origin_w;
            bool valid = exists && Map::has(round) && pixel < walk.end && (unsigned)h < (unsigned)grid.h && (unsigned)w < (unsigned)grid.w;
            value[round] = load_vector_or_zero<Vector>(from + (long long)((n * grid.h + h) * grid.w + w) * grid.channels, valid);
            inside |= (unsigned)valid << round;
        }
    }

    __device__ __forceinline__ void store(float* memory)
    {
        if (scales)
#pragma unroll
            for (int round = 0; round < Map::Rounds; round++)
                value[round] = or_zero(affine(value[round], scale, shift), inside >> round & 1); // padding stays zero
        if (relus)
#pragma unroll
            for (int round = 0; round < Map::Rounds; round++)
                value[round] = relu(value[round]);
#pragma unroll
        for (int round = 0; round < Map::Rounds; round++)
            if (Map::has(round))
                *(Value*)&memory[Layout::at(Map::k(round), Map::column())] = value[round];
    }
};
