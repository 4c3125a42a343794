// Loaders of plain matrices for mma_tile.cuh. Rows must begin at multiples of 16 bytes; a matrix has less than 2^31 elements.
#pragma once
#include "mma_tile.cuh"

// x / d and x % d for 0 <= x < 2^31 without a division; FastDivisor of C#.
struct Divisor
{
    unsigned value, multiplier;
    int shift;

    __device__ __forceinline__ void divide(int x, int& quotient, int& remainder) const
    {
        quotient = (int)((__umulhi((unsigned)x, multiplier) + (unsigned)x) >> shift);
        remainder = x - quotient * (int)value;
    }
};

// Element (e, k) at data[e * stride + k].
template <typename T, int Extent> struct DepthContiguousMatrix
{
    using Tile = OperandTile<T, Extent, Layout::DepthContiguous>;

    const T* data; // [extent, depth]
    int stride, first, extent, depth;

    __device__ __forceinline__ void copy(unsigned tile, int step)
    {
        int k = step * Depth<T> + Tile::chunk(0) * ChunkElements<T>; // the same chunk of each row
#pragma unroll
        for (int i = 0; i < Tile::PerThread; i++)
        {
            int e = first + Tile::row(i);
            bool valid = e < extent && k < depth;
            if (Tile::has(i))
                cp_async_16(tile + Tile::place(i), data + (valid ? e * stride + k : 0), valid);
        }
    }

    __device__ __forceinline__ void skip() {}
    __device__ __forceinline__ void arrived(unsigned, int) {}
};

// Element (e, k) at data[k * stride + e].
template <typename T, int Extent> struct DepthRowsMatrix
{
    using Tile = OperandTile<T, Extent, Layout::DepthRows>;

    const T* data; // [depth, extent]
    int stride, first, extent, depth;

    __device__ __forceinline__ void copy(unsigned tile, int step)
    {
#pragma unroll
        for (int i = 0; i < Tile::PerThread; i++)
        {
            int k = step * Depth<T> + Tile::row(i), e = first + Tile::chunk(i) * ChunkElements<T>;
            bool valid = k < depth && e < extent;
            if (Tile::has(i))
                cp_async_16(tile + Tile::place(i), data + (valid ? k * stride + e : 0), valid);
        }
    }

    __device__ __forceinline__ void skip() {}
    __device__ __forceinline__ void arrived(unsigned, int) {}
};
