// Loaders of convolution operands for mma_tile.cuh: pixels of an NHWC image under the taps of a filter, and filters for the input's gradient.
#pragma once
#include "mma_chunk.cuh"
#include "mma_matrix.cuh"

// Where tap (r, s) of target pixel (n, i, j) looks: source pixel (n, i * step_h + origin_h + r * tap_step_h, j * step_w + origin_w + s * tap_step_w).
// Forward: step = stride, origin = -padding, tap_step = 1. Backward-input: the target pixels are those whose row and column leave one remainder when
// divided by the stride (a "phase"), and of the filter's taps only every stride-th reaches them; step = 1, tap_step = -1.
struct Gather
{
    Divisor rows, columns;         // of target pixels
    Divisor taps_w, channels;      // of the filter (of the phase), of the source
    int source_h, source_w, depth; // depth = taps * channels
    int step_h, step_w, origin_h, origin_w, tap_step_h, tap_step_w;
};

// Scale and shift per channel, then ReLU, on what was copied, before anybody multiplies it. Padding stays zero.
struct Prologue
{
    const float* scale; // [channels], or null for none
    const float* shift; // [channels]
    int relu;

    __device__ __forceinline__ bool is_none() const { return scale == nullptr && !relu; }

    // On one chunk in shared memory, whose first element is of channel c.
    template <typename T> __device__ __forceinline__ void apply(unsigned place, int c) const
    {
        constexpr int N = ChunkElements<T>;
        float v[N];
        unpack_chunk(load_shared_16(place), v);
        if (scale != nullptr)
#pragma unroll
            for (int i = 0; i < N; i += 4)
            {
                float factor[4], term[4];
                load_floats(scale + c + i, factor);
                load_floats(shift + c + i, term);
#pragma unroll
                for (int k = 0; k < 4; k++)
                    v[i + k] = fmaf(v[i + k], factor[k], term[k]);
            }
        if (relu)
#pragma unroll
            for (int i = 0; i < N; i++)
                v[i] = v[i] <= 0 ? 0 : v[i]; // NaN stays
        store_shared_16(place, pack_chunk(v));
    }
};

// Which of this thread's chunks were copied and not filled with zeros, for the stages on their way.
template <int PerThread> struct CopiedChunks
{
    unsigned bits = 0;

    __device__ __forceinline__ void push(unsigned stage) { bits = bits << PerThread | stage; }
    // Of the stage that has just arrived: the next Stages - 2 are on their way.
    __device__ __forceinline__ bool arrived(int i) const { return bits >> (PerThread * (Stages - 2) + i) & 1; }
};

// A of forward and backward-input: a row is a target pixel, depth = (tap, channel).
template <typename T> struct PixelRows
{
    using Tile = OperandTile<T, BM, Layout::DepthContiguous>;

    const Gather& g;
    const Prologue prologue;
    const T* source; // [n, source_h, source_w, channels]
    int base[Tile::PerThread], h[Tile::PerThread], w[Tile::PerThread]; // of tap (0, 0)
    int r = 0, s = 0, c = Tile::chunk(0) * ChunkElements<T>; // tap and channel of this thread's chunk, the same in all its rows, in the next copy
    CopiedChunks<Tile::PerThread> copied;

    __device__ __forceinline__ PixelRows(const Gather& gather, const Prologue& p, const T* x, int first, int pixels) : g(gather), prologue(p), source(x)
    {
#pragma unroll
        for (int i = 0; i < Tile::PerThread; i++)
        {
            int pixel = first + Tile::row(i), image, row, column;
            g.columns.divide(pixel, row, column);
            g.rows.divide(row, image, row);
            h[i] = row * g.step_h + g.origin_h;
            w[i] = column * g.step_w + g.origin_w;
            base[i] = ((image * g.source_h + h[i]) * g.source_w + w[i]) * (int)g.channels.value;
            if (pixel >= pixels)
                h[i] = -(1 << 30); // no tap finds a row of what does not exist
        }
        settle();
    }

    __device__ __forceinline__ int depth_of(int step) const { return step * Depth<T> + Tile::chunk(0) * ChunkElements<T>; }

    __device__ __forceinline__ void copy(unsigned tile, int step)
    {
        int down = r * g.tap_step_h, right = s * g.tap_step_w, offset = (down * g.source_w + right) * (int)g.channels.value + c;
        bool exists = depth_of(step) < g.depth;
        unsigned stage = 0;
#pragma unroll
        for (int i = 0; i < Tile::PerThread; i++)
        {
            bool valid = exists && (unsigned)(h[i] + down) < (unsigned)g.source_h && (unsigned)(w[i] + right) < (unsigned)g.source_w;
            cp_async_16(tile + Tile::place(i), source + (valid ? base[i] + offset : 0), valid);
            stage |= (unsigned)valid << i;
        }
        copied.push(stage);
        c += Depth<T>;
        settle();
    }

    __device__ __forceinline__ void settle()
    {
        while (c >= (int)g.channels.value)
        {
            c -= (int)g.channels.value;
            if (++s == (int)g.taps_w.value)
                s = 0, r++;
        }
    }

    __device__ __forceinline__ void skip() { copied.push(0); }

    __device__ __forceinline__ void arrived(unsigned tile, int step)
    {
        if (prologue.is_none())
            return;
        int tap, channel;
        g.channels.divide(depth_of(step), tap, channel);
#pragma unroll
        for (int i = 0; i < Tile::PerThread; i++)
            if (copied.arrived(i))
                prologue.apply<T>(tile + Tile::place(i), channel);
    }
};

// A of backward-weight: a row is a tap's channel, depth = target pixels from `first_pixel` on.
template <typename T> struct PixelColumns
{
    using Tile = OperandTile<T, BM, Layout::DepthRows>;
    static_assert(Threads % Tile::ChunksPerRow == 0, "all of a thread's chunks are of one column");

    const Gather& g;
    const Prologue prologue;
    const T* source; // [n, source_h, source_w, channels]
    int first_pixel, pixels;
    int r, s, c;
    bool exists;
    CopiedChunks<Tile::PerThread> copied;

    __device__ __forceinline__ PixelColumns(const Gather& gather, const Prologue& p, const T* x, int first, int pixel, int count)
        : g(gather), prologue(p), source(x), first_pixel(pixel), pixels(count)
    {
        int element = first + Tile::chunk(0) * ChunkElements<T>, tap;
        exists = element < g.depth;
        g.channels.divide(element, tap, c);
        g.taps_w.divide(tap, r, s);
        r += g.origin_h;
        s += g.origin_w;
    }

    __device__ __forceinline__ void copy(unsigned tile, int step)
    {
        unsigned stage = 0;
#pragma unroll
        for (int i = 0; i < Tile::PerThread; i++)
        {
            int pixel = first_pixel + step * Depth<T> + Tile::row(i), image, row, column;
            g.columns.divide(pixel, row, column);
            g.rows.divide(row, image, row);
            int h = row * g.step_h + r, w = column * g.step_w + s;
            bool valid = exists && pixel < pixels && (unsigned)h < (unsigned)g.source_h && (unsigned)w < (unsigned)g.source_w;
            int offset = ((image * g.source_h + h) * g.source_w + w) * (int)g.channels.value + c;
            cp_async_16(tile + Tile::place(i), source + (valid ? offset : 0), valid);
            stage |= (unsigned)valid << i;
        }
        copied.push(stage);
    }

    __device__ __forceinline__ void skip() { copied.push(0); }

    __device__ __forceinline__ void arrived(unsigned tile, int)
    {
        if (prologue.is_none())
            return;
#pragma unroll
        for (int i = 0; i < Tile::PerThread; i++)
            if (copied.arrived(i))
                prologue.apply<T>(tile + Tile::place(i), c);
    }
};

// The taps of a filter that a phase of backward-input uses: first, first + step, ... in each direction.
struct FilterTaps
{
    int kernel_h, kernel_w, first_h, first_w, step_h, step_w;
};

// B of backward-input: a column is an input channel, depth = (tap, output channel) as PixelRows has it.
template <typename T, int BN> struct FilterRows
{
    using Tile = OperandTile<T, BN, Layout::DepthRows>;

    const Gather& g;
    const FilterTaps& taps;
    const T* weight; // [channels, kernel_h, kernel_w, columns]
    int first, columns;

    __device__ __forceinline__ void copy(unsigned tile, int step)
    {
#pragma unroll
        for (int i = 0; i < Tile::PerThread; i++)
        {
            int k = step * Depth<T> + Tile::row(i), column = first + Tile::chunk(i) * ChunkElements<T>, tap, o, r, s;
            g.channels.divide(k, tap, o);
            g.taps_w.divide(tap, r, s);
            r = taps.first_h + r * taps.step_h;
            s = taps.first_w + s * taps.step_w;
            bool valid = k < g.depth && column < columns;
            int offset = ((o * taps.kernel_h + r) * taps.kernel_w + s) * columns + column;
            if (Tile::has(i))
                cp_async_16(tile + Tile::place(i), weight + (valid ? offset : 0), valid);
        }
    }

    __device__ __forceinline__ void skip() {}
    __device__ __forceinline__ void arrived(unsigned, int) {}
};
