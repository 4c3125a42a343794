// Operands of gemm_loop that are matrices in memory. "Along k": a row of A, or a column of B, lies contiguously; "along rows": the other way round.
// Each has a form that reads float4, for sizes that are multiples of 4 at addresses that are multiples of 16, and one that reads single values.
// A walk says where a piece begins, `along_k()` or `along_rows(stride)`, how many of its values of k there are, `valid()`, and goes on, `next()`.
#pragma once

#include "Common/gemm_tile.cuh"

constexpr int FloatDepth = 8, VectorDepth = 16; // BK of the two forms

// k from where it begins to its end, in pieces of BK.
template <int BK> struct LinearWalk
{
    int k, end;
    __device__ __forceinline__ void next() { k += BK; }
    __device__ __forceinline__ int valid() const { return end - k; }
    __device__ __forceinline__ long long along_k() const { return k; }
    __device__ __forceinline__ long long along_rows(int stride) const { return (long long)k * stride; }
};

// Which values of a piece that is contiguous along k a thread moves. With Vector = 4 four lanes read 64 bytes of a row; with 1 eight lanes read 32.
template <int Extent, int Threads, int Vector> struct AlongKMap;

template <int Extent, int Threads> struct AlongKMap<Extent, Threads, 4>
{
    static constexpr int BK = VectorDepth, Lanes = BK / 4, Rounds = (Extent * Lanes + Threads - 1) / Threads;
    static constexpr bool Exact = Extent * Lanes % Threads == 0;
    using Layout = SwizzledRows<Extent, BK>;
    using Value = float4;

    static __device__ __forceinline__ int k() { return (int)threadIdx.x % Lanes * 4; }
    static __device__ __forceinline__ int row(int round) { return ((int)threadIdx.x + round * Threads) / Lanes; }
    static __device__ __forceinline__ Value load(const float* address, bool valid) { return load_or_zero4(address, valid); }
    static __device__ __forceinline__ void store(float* memory, int round, Value value)
    {
        if (!Exact && row(round) >= Extent)
            return;
        float* to = memory + Layout::at(k(), row(round));
        to[0] = value.x;
        to[Layout::Row] = value.y;
        to[2 * Layout::Row] = value.z;
        to[3 * Layout::Row] = value.w;
    }
};

template <int Extent, int Threads> struct AlongKMap<Extent, Threads, 1>
{
    static constexpr int BK = FloatDepth, Lanes = BK, Rounds = Extent * Lanes / Threads;
    using Layout = PaddedRows<Extent, BK>;
    using Value = float;
    static_assert(Extent * Lanes % Threads == 0, "every thread has the same number of values");

    static __device__ __forceinline__ int k() { return (int)threadIdx.x % Lanes; }
    static __device__ __forceinline__ int row(int round) { return ((int)threadIdx.x + round * Threads) / Lanes; }
    static __device__ __forceinline__ Value load(const float* address, bool valid) { return load_or_zero(address, valid); }
    static __device__ __forceinline__ void store(float* memory, int round, Value value) { memory[Layout::at(k(), row(round))] = value; }
};

// The same for a piece that is contiguous along its rows, which a warp reads one after the other.
template <int Extent, int Threads, int Vector> struct AlongRowsMap
{
    static constexpr int BK = Vector == 4 ? VectorDepth : FloatDepth, Lanes = Extent / Vector, Rows = Threads / Lanes, Rounds = (BK + Rows - 1) / Rows;
    static constexpr bool Exact = BK % Rows == 0;
    using Layout = PlainRows<Extent, BK>;
    static_assert(Threads % Lanes == 0, "a thread keeps to its columns");

    static __device__ __forceinline__ int column() { return (int)threadIdx.x % Lanes * Vector; }
    static __device__ __forceinline__ int k(int round) { return (int)threadIdx.x / Lanes + round * Rows; }
    static __device__ __forceinline__ bool has(int round) { return Exact || k(round) < BK; }
};

template <int Vector> struct VectorOf;
template <> struct VectorOf<4> { using Type = float4; };
template <> struct VectorOf<1> { using Type = float; };

template <int Vector> __device__ __forceinline__ typename VectorOf<Vector>::Type load_vector_or_zero(const float* address, bool valid)
{
    if constexpr (Vector == 4)
        return load_or_zero4(address, valid);
    else
        return load_or_zero(address, valid);
}

// [extent][stride], contiguous along k.
template <int Extent, int Threads, int Vector> struct AlongK
{
    using Map = AlongKMap<Extent, Threads, Vector>;
    using Layout = typename Map::Layout;

    const float* matrix; // at the tile's first row
    int extent, stride;  // rows from there on
    typename Map::Value value[Map::Rounds];

    __device__ __forceinline__ AlongK(const float* matrix, int first, int extent, int stride)
        : matrix(matrix + (long long)first * stride), extent(extent - first), stride(stride)
    {
    }

    template <class Walk> __device__ __forceinline__ void fetch(const Walk& walk)
    {
        const float* from = matrix + walk.along_k() + Map::k();
        bool inside = Map::k() < walk.valid();
#pragma unroll
        for (int round = 0; round < Map::Rounds; round++)
            value[round] = Map::load(from + (long long)Map::row(round) * stride, inside && Map::row(round) < extent);
    }

    __device__ __forceinline__ void store(float* memory) const
    {
#pragma unroll
        for (int round = 0; round < Map::Rounds; round++)
            Map::store(memory, round, value[round]);
    }
};

// [k][stride], contiguous along the extent.
template <int Extent, int Threads, int Vector> struct AlongRows
{
    using Map = AlongRowsMap<Extent, Threads, Vector>;
    using Layout = typename Map::Layout;
    using Value = typename VectorOf<Vector>::Type;

    const float* matrix; // at this thread's column
    int stride;
    bool inside;
    Value value[Map::Rounds];

    __device__ __forceinline__ AlongRows(const float* matrix, int first, int extent, int stride)
        : matrix(matrix + first + Map::column()), stride(stride), inside(first + Map::column() < extent)
    {
    }

    template <class Walk> __device__ __forceinline__ void fetch(const Walk& walk)
    {
        const float* from = matrix + walk.along_rows(stride);
#pragma unroll
        for (int round = 0; round < Map::Rounds; round++)
            value[round] = load_vector_or_zero<Vector>(from + (long long)Map::k(round) * stride, inside && Map::has(round) && Map::k(round) < walk.valid());
    }

    __device__ __forceinline__ void store(float* memory) const
    {
#pragma unroll
        for (int round = 0; round < Map::Rounds; round++)
            if (Map::has(round))
                *(Value*)&memory[Layout::at(Map::k(round), Map::column())] = value[round];
    }
};
