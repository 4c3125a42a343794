// Moving elements about: matrices transposed (NHWC to NCHW and back), channels dropped or filled up with zeros.
//
// transpose: one block per 32 x 32 tile, through shared memory, so that reads and writes are both along rows; the tile's rows are 33 words apart, which
// puts a column into 32 different banks. transpose_narrow: for matrices with few rows or columns, of which a tile would be mostly empty: one thread per
// element written. resize_channels: one thread per 16 bytes of channels of a pixel, from pixel to pixel. Bound by memory.
#pragma once

#include "Common/pack.cuh"

extern "C" struct TransposeArgs
{
    const void* x; // [batch, rows, columns] of any type of T's size
    void* y;       // [batch, columns, rows]
    long long batch;
    long long rows;
    long long columns;
};

extern "C" struct ResizeChannelsArgs
{
    const void* x; // [pixels, from] T
    void* y;       // [pixels, to] T
    long long pixels;
    int from;
    int to;
    int accumulate;
    int padding;
};

constexpr int Tile = 32;
constexpr int TransposeThreads = 256;

template <typename T> __device__ __forceinline__ void transpose(const TransposeArgs& a)
{
    __shared__ unsigned tile[Tile][Tile + 1]; // words also for smaller types
    int lane = threadIdx.x % Tile, first = threadIdx.x / Tile;
    long long tile_rows = (a.rows + Tile - 1) / Tile, tile_columns = (a.columns + Tile - 1) / Tile, tiles = tile_rows * tile_columns;
    for (long long work = blockIdx.x; work < a.batch * tiles; work += gridDim.x)
    {
        long long n = work / tiles, place = work - n * tiles;
        long long row = place / tile_columns * Tile, column = place % tile_columns * Tile;
        const T* x = static_cast<const T*>(a.x) + n * a.rows * a.columns;
        T* y = static_cast<T*>(a.y) + n * a.rows * a.columns;
        for (int i = first; i < Tile; i += TransposeThreads / Tile)
            if (row + i < a.rows && column + lane < a.columns)
                tile[i][lane] = x[(row + i) * a.columns + column + lane];
        __syncthreads();
        for (int i = first; i < Tile; i += TransposeThreads / Tile)
            if (column + i < a.columns && row + lane < a.rows)
                y[(column + i) * a.rows + row + lane] = (T)tile[lane][i];
        __syncthreads();
    }
}

template <typename T> __device__ __forceinline__ void transpose_narrow(const TransposeArgs& a)
{
    const T* x = static_cast<const T*>(a.x);
    T* y = static_cast<T*>(a.y);
    long long matrix = a.rows * a.columns;
    for (long long i = thread_of_grid(); i < a.batch * matrix; i += threads_of_grid())
    {
        long long line = i / a.rows, row = i - line * a.rows; // line: batch * columns + column
        long long n = line / a.columns, column = line - n * a.columns;
        y[i] = x[n * matrix + row * a.columns + column];
    }
}

template <int Width, typename T, bool Accumulate> struct ResizeChannels
{
    const ResizeChannelsArgs& args;
    const T* x;
    T* y;
    bool has_source;

    __device__ __forceinline__ void begin(long long column)
    {
        x = static_cast<const T*>(args.x) + column * Width;
        y = static_cast<T*>(args.y) + column * Width;
        has_source = column * Width < args.from;
    }

    __device__ __forceinline__ void row(long long pixel) const
    {
        auto value = has_source ? load_floats<Width>(x + pixel * args.from) : splat<Width>(0.0f);
        T* target = y + pixel * args.to;
        if (Accumulate)
        {
            auto old = load_floats<Width>(target);
#pragma unroll
            for (int j = 0; j < Width; j++)
                value.at[j] = old.at[j] + value.at[j];
        }
        store_floats<Width>(target, value);
    }
};

template <int Width, typename T> __device__ __forceinline__ void resize_channels_by(const ResizeChannelsArgs& a)
{
    if (a.accumulate)
    {
        // Zeros add nothing: only the channels that both have.
        ResizeChannels<Width, T, true> f{a};
        for_rows(a.pixels, min(a.from, a.to) / Width, f);
    }
    else
    {
        ResizeChannels<Width, T, false> f{a};
        for_rows(a.pixels, a.to / Width, f);
    }
}

template <typename T> __device__ __forceinline__ void resize_channels(const ResizeChannelsArgs& a)
{
    constexpr int Width = WidestPack<T>;
    if (a.from % Width == 0 && a.to % Width == 0 && is_aligned(static_cast<const T*>(a.x)) && is_aligned(static_cast<const T*>(a.y)))
        resize_channels_by<Width, T>(a);
    else
        resize_channels_by<1, T>(a);
}
