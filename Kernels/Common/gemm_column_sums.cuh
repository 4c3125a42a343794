// Sums over the rows of a tile for each of its columns, in one order: the same bits every run.
#pragma once

#include "Common/gemm_tile.cuh"

// From one row of threads to the next. A quarter of a warp writes eight float4: where they come from several rows these must not meet in one bank.
template <class Tile> constexpr int ColumnSumRow = Tile::BN + (Tile::LanesN < 8 ? (4 * Tile::LanesN - Tile::BN % 32 + 32) % 32 : 0);

template <class Tile> constexpr int ColumnSumFloats = Tile::ThreadsM * ColumnSumRow<Tile>;

// Every thread brings a number for each of its columns; thread t < BN gets the sum of column t. All threads must call; memory is free afterwards.
template <class Tile> __device__ __forceinline__ float column_sum(const float (&part)[Tile::TN], float* memory)
{
    static_assert(Tile::BN <= Tile::Threads, "a thread for each column");
#pragma unroll
    for (int j = 0; j < Tile::TN; j += 4)
        *(float4*)&memory[Tile::thread_m() * ColumnSumRow<Tile> + Tile::column(j)] = make_float4(part[j], part[j + 1], part[j + 2], part[j + 3]);
    __syncthreads();
    float sum = 0;
    if (threadIdx.x < Tile::BN)
#pragma unroll 4
        for (int m = 0; m < Tile::ThreadsM; m++)
            sum += memory[m * ColumnSumRow<Tile> + threadIdx.x];
    __syncthreads();
    return sum;
}

// Hands what thread t < BN has for column t to every thread that has a part of the column.
template <class Tile> __device__ __forceinline__ void spread_to_columns(float value, float* memory, float (&column)[Tile::TN])
{
    if (threadIdx.x < Tile::BN)
        memory[threadIdx.x] = value;
    __syncthreads();
#pragma unroll
    for (int j = 0; j < Tile::TN; j += 4)
        *(float4*)&column[j] = *(const float4*)&memory[Tile::column(j)];
    __syncthreads();
}
