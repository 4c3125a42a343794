// From the accumulators of mma_tile.cuh to global memory: through shared memory, so that rows are written (and addends read) 16 bytes per thread.
#pragma once
#include "mma_chunk.cuh"
#include "mma_tile.cuh"

constexpr int StagedRows = BM / MmaRows; // as many as all warps have in one row of their mma tiles

// 8 floats more than a row has: then the four rows to which half a warp writes float2 lie in different banks.
template <int BN> constexpr int StagedPitch = BN + 8;
template <int BN> constexpr int StagedBytes = StagedRows * StagedPitch<BN> * 4;

// What sum_columns uses of the staging memory.
template <typename T> constexpr int SummedFloats = 2 * Threads * ChunkElements<T>;

// Which part of a row of the tile a thread has: always the same columns, in every RowStep-th row.
template <typename T, int BN> struct OutputShare
{
    static constexpr int ChunksPerRow = BN / ChunkElements<T>;
    static constexpr int RowStep = Threads / ChunksPerRow; // of 256 threads, 240 take part where BN is 160 and T is bf16

    static __device__ __forceinline__ bool takes_part() { return Threads % ChunksPerRow == 0 || (int)threadIdx.x < RowStep * ChunksPerRow; }
    static __device__ __forceinline__ int first_row() { return threadIdx.x / ChunksPerRow; }
    static __device__ __forceinline__ int column() { return threadIdx.x % ChunksPerRow * ChunkElements<T>; }
};

// One chunk of a staged row. Of 8 floats, threads 4 to 7 of eight begin with the second half: so eight threads read different banks.
template <int BN> __device__ __forceinline__ void read_staged(const float* staged, int row, int column, float (&v)[4])
{
    load_chunk(staged + row * StagedPitch<BN> + column, v);
}

template <int BN> __device__ __forceinline__ void read_staged(const float* staged, int row, int column, float (&v)[8])
{
    bool second = (threadIdx.x >> 2) & 1;
    float x[4], y[4];
    load_chunk(staged + row * StagedPitch<BN> + column + (second ? 4 : 0), x);
    load_chunk(staged + row * StagedPitch<BN> + column + (second ? 0 : 4), y);
#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        float first_read = x[i], second_read = y[i]; // as in write_staged
        v[i] = second ? second_read : first_read;
        v[i + 4] = second ? first_read : second_read;
    }
}

// Hands the tile out in chunks of a row: sink.begin(column, first row's values), then sink.row(row, column, values) for each row of this thread's share.
template <typename T, int BN, typename Sink> __device__ __forceinline__ void hand_out(const Accumulators<BN>& d, float* staged, Sink& sink)
{
    using Share = OutputShare<T, BN>;
    int lane = threadIdx.x % 32;
#pragma unroll
    for (int pass = 0; pass < MmaRows; pass++)
    {
        float* to = staged + (warp_row() / MmaRows + lane / 4) * StagedPitch<BN> + warp_column<BN>() + lane % 4 * 2;
#pragma unroll
        for (int j = 0; j < BN / WarpsN / 8; j++)
        {
            *reinterpret_cast<float2*>(to + 8 * j) = float2{d[pass][j][0], d[pass][j][1]};
            *reinterpret_cast<float2*>(to + 8 * j + 8 * StagedPitch<BN>) = float2{d[pass][j][2], d[pass][j][3]};
        }
        __syncthreads();
        if (Share::takes_part())
        {
            float v[ChunkElements<T>];
            if (pass == 0)
            {
                read_staged<BN>(staged, 0, Share::column(), v);
                sink.begin(Share::column(), v);
            }
#pragma unroll 1
            for (int row = Share::first_row(); row < StagedRows; row += Share::RowStep)
            {
                read_staged<BN>(staged, row, Share::column(), v);
                sink.row(row / 16 * WarpRows + 16 * pass + row % 16, Share::column(), v);
            }
        }
        __syncthreads();
    }
}

// The counterpart, for a row of BN floats.
__device__ __forceinline__ void write_staged(float* to, const float (&v)[4]) { *reinterpret_cast<float4*>(to) = float4{v[0], v[1], v[2], v[3]}; }

__device__ __forceinline__ void write_staged(float* to, const float (&v)[8])
{
    bool second = (threadIdx.x >> 2) & 1;
    float x[4], y[4];
#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        float low = v[i], high = v[i + 4]; // both are read: a choice of addresses would keep v from registers
        x[i] = second ? high : low;
        y[i] = second ? low : high;
    }
    write_staged(to + (second ? 4 : 0), x);
    write_staged(to + (second ? 0 : 4), y);
}

// The sums over the tile's rows of two values per column, in fixed order, from each thread's sums over its share. use(column, first, second) is called
// once per column.
template <typename T, int BN, typename Use>
__device__ __forceinline__ void sum_columns(float* staged, const float (&first)[ChunkElements<T>], const float (&second)[ChunkElements<T>], Use use)
{
    using Share = OutputShare<T, BN>;
    static_assert(2 * Share::RowStep * BN <= SummedFloats<T>, "both sums of every thread");
    if (Share::takes_part())
    {
        float* to = staged + Share::first_row() * BN + Share::column();
        write_staged(to, first);
        write_staged(to + Share::RowStep * BN, second);
    }
    __syncthreads();
    if (threadIdx.x < BN)
    {
        float s = 0, q = 0;
#pragma unroll 1
        for (int row = 0; row < Share::RowStep; row++)
        {
            s += staged[row * BN + threadIdx.x];
            q += staged[(Share::RowStep + row) * BN + threadIdx.x];
        }
        use((int)threadIdx.x, s, q);
    }
}
