// The core of the tensor-core kernels: D += A B for one block's tile of 128 x BN, A and B passing through shared memory in stages that cp.async fills.
//
// Everything is counted in chunks of 16 bytes: 8 bf16 or 4 float. A stage holds 64 bytes of depth (the dimension summed over), 32 bf16 or 16 float, so
// that bf16 and tf32 differ only in the mma instruction. An operand comes in one of two layouts, by what is contiguous in global memory:
//   DepthContiguous: a tile row is one row of A (or column of B), 4 chunks of depth.
//   DepthRows:       a tile row is one step of depth, Extent elements of A's rows (or B's columns).
// Eight warps stand 4 x 2 on the tile; each computes 32 x BN/2. Two blocks fit a multiprocessor of sm_80: 4 stages x (128 + 160) x 64 bytes = 72 KB, and
// BN/2 accumulators and some 40 more registers of each of 256 threads stay below 128.
#pragma once
#include "mma_ptx.cuh"

constexpr int Threads = 256;
constexpr int WarpsN = 2;
constexpr int BM = 128;
constexpr int Stages = 4;
constexpr int ChunkBytes = 16;
constexpr int DepthBytes = 64; // of one stage
constexpr int DepthChunks = DepthBytes / ChunkBytes;
constexpr int WarpRows = 32; // of the tile, per warp
constexpr int MmaRows = 2;   // mma tiles of 16 rows per warp

enum class Layout
{
    DepthContiguous,
    DepthRows,
};

template <typename T> constexpr int ChunkElements = ChunkBytes / (int)sizeof(T);
template <typename T> constexpr int Depth = DepthBytes / (int)sizeof(T);

// Where a chunk lies within a tile, in chunks. Rows are dense; the chunks of a row are permuted by an xor that depends on the row, so that the sets of
// chunks that one instruction reads lie in different banks (eight chunks span all 32): eight consecutive rows at one chunk (ldmatrix), and four rows at
// two neighbouring chunks (scalar loads of tf32). The low bits of the row are swapped around for the latter.
template <int ChunksPerRow> __device__ __forceinline__ int swizzled(int row, int chunk)
{
    static_assert(ChunksPerRow % 4 == 0, "the xor must stay within a row");
    int bits = ChunksPerRow % 8 == 0 ? ((row & 3) << 1) | ((row >> 2) & 1)          // each row begins at bank 0
                                     : (((row >> 1) & 1) << 1) | ((row >> 2) & 1); // rows begin at bank 0 and 16 in turn
    return row * ChunksPerRow + (chunk ^ bits);
}

// One operand's share of a stage.
template <typename T, int Extent_, Layout L> struct OperandTile
{
    static constexpr Layout layout = L;
    static constexpr int Extent = Extent_;
    static constexpr int ChunksPerRow = L == Layout::DepthContiguous ? DepthChunks : Extent / ChunkElements<T>;
    static constexpr int Chunks = Extent * DepthChunks;
    static constexpr int Bytes = Chunks * ChunkBytes;
    static constexpr int PerThread = (Chunks + Threads - 1) / Threads;

    // The i-th chunk that this thread copies: consecutive threads take consecutive chunks of a row.
    static __device__ __forceinline__ bool has(int i) { return Chunks % Threads == 0 || (int)threadIdx.x + i * Threads < Chunks; }
    static __device__ __forceinline__ int row(int i) { return ((int)threadIdx.x + i * Threads) / ChunksPerRow; }
    static __device__ __forceinline__ int chunk(int i) { return ((int)threadIdx.x + i * Threads) % ChunksPerRow; }
    static __device__ __forceinline__ int place(int i) { return ChunkBytes * swizzled<ChunksPerRow>(row(i), chunk(i)); }
};

enum class Operand
{
    A, // registers: rows 0..7, rows 8..15, both again for the second half of the depth
    B, // registers: columns 0..7, their second half of the depth, columns 8..15, their second half
};

// The fragments of 16 rows of A, or of 16 columns of B (two mma tiles), beginning at `first`, for 32 bytes of depth (step 0 or 1 of the stage).
template <Operand O, typename Tile> __device__ __forceinline__ void load_fragments(bf16, unsigned tile, int first, int step, unsigned (&r)[4])
{
    int lane = threadIdx.x % 32;
    int extent_half = O == Operand::A ? (lane >> 3) & 1 : lane >> 4;
    int depth_half = O == Operand::A ? lane >> 4 : (lane >> 3) & 1;
    if constexpr (Tile::layout == Layout::DepthContiguous)
        ldmatrix_x4(tile + ChunkBytes * swizzled<Tile::ChunksPerRow>(first + 8 * extent_half + lane % 8, 2 * step + depth_half), r);
    else
        ldmatrix_x4_trans(tile + ChunkBytes * swizzled<Tile::ChunksPerRow>(16 * step + 8 * depth_half + lane % 8, first / 8 + extent_half), r);
}

template <Operand O, typename Tile> __device__ __forceinline__ void load_fragments(float, unsigned tile, int first, int step, unsigned (&r)[4])
{
    int lane = threadIdx.x % 32;
    if constexpr (Tile::layout == Layout::DepthContiguous)
        load_fragments<O, Tile>(bf16{}, tile, first, step, r); // rows of 16 bytes are rows of 16 bytes
    else
    {
        // ldmatrix cannot transpose 32-bit elements: one load per register. The multiprocessor's load unit is then busy two thirds of the time that the
        // tensor cores need.
#pragma unroll
        for (int i = 0; i < 4; i++)
        {
            int extent_half = O == Operand::A ? i % 2 : i / 2;
            int depth_half = O == Operand::A ? i / 2 : i % 2;
            int row = 8 * step + 4 * depth_half + lane % 4;
            int column = first + 8 * extent_half + lane / 4;
            r[i] = load_shared(tile + ChunkBytes * swizzled<Tile::ChunksPerRow>(row, column / 4) + 4 * (column % 4));
        }
    }
#pragma unroll
    for (int i = 0; i < 4; i++)
        r[i] = round_to_tf32(r[i]);
}

// The accumulators of a warp: [16 rows][8 columns][as mma has them].
template <int BN> using Accumulators = float[MmaRows][BN / WarpsN / 8][4];

__device__ __forceinline__ int warp_row() { return threadIdx.x / 32 / WarpsN * WarpRows; }
template <int BN> __device__ __forceinline__ int warp_column() { return threadIdx.x / 32 % WarpsN * (BN / WarpsN); }

template <typename T, typename TileA, typename TileB>
__device__ __forceinline__ void multiply_stage(unsigned a_tile, unsigned b_tile, Accumulators<TileB::Extent>& d)
{
#pragma unroll
    for (int step = 0; step < 2; step++)
    {
        unsigned a[MmaRows][4];
#pragma unroll
        for (int i = 0; i < MmaRows; i++)
            load_fragments<Operand::A, TileA>(T{}, a_tile, warp_row() + 16 * i, step, a[i]);
#pragma unroll
        for (int j = 0; j < TileB::Extent / WarpsN / 16; j++)
        {
            unsigned b[4];
            load_fragments<Operand::B, TileB>(T{}, b_tile, warp_column<TileB::Extent>() + 16 * j, step, b);
#pragma unroll
            for (int i = 0; i < MmaRows; i++)
            {
                mma(T{}, d[i][2 * j], a[i], b[0], b[1]);
                mma(T{}, d[i][2 * j + 1], a[i], b[2], b[3]);
            }
        }
    }
}

template <typename TileA, typename TileB> constexpr int PipelineBytes = Stages * (TileA::Bytes + TileB::Bytes);

// d = the sum over `steps` stages of depth. A loader has a Tile and copy(tile, step), which starts this thread's copies of a stage; A's has also skip(), called
// in its place when there is none left, and arrived(tile, step), called when this thread's own copies have landed and nobody else looks at them yet.
// Afterwards the shared memory is free.
template <typename T, typename LoaderA, typename LoaderB>
__device__ __forceinline__ void multiply(LoaderA& a, LoaderB& b, int steps, unsigned shared, Accumulators<LoaderB::Tile::Extent>& d)
{
    using TileA = typename LoaderA::Tile;
    using TileB = typename LoaderB::Tile;
    constexpr int StageBytes = TileA::Bytes + TileB::Bytes;
#pragma unroll
    for (auto& rows : d)
#pragma unroll
        for (auto& tile : rows)
#pragma unroll
            for (float& value : tile)
                value = 0;

    auto copy = [&](int step) {
        if (step < steps)
        {
            unsigned stage = shared + step % Stages * StageBytes;
            a.copy(stage, step);
            b.copy(stage + TileA::Bytes, step);
        }
        else
            a.skip();
        cp_async_commit();
    };

    for (int step = 0; step < Stages - 1; step++)
        copy(step);
#pragma unroll 1
    for (int step = 0; step < steps; step++)
    {
        unsigned stage = shared + step % Stages * StageBytes;
        cp_async_wait<Stages - 2>();
        a.arrived(stage, step);
        __syncthreads(); // this stage is there for all, and all have left the one before, which the next copy overwrites
        copy(step + Stages - 1);
        multiply_stage<T, TileA, TileB>(stage, stage + TileA::Bytes, d);
    }
    cp_async_wait<0>();
    __syncthreads();
}
