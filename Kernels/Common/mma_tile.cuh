// The core of the tensor-core kernels: D += A B for one block's tile of 128 x BN, A and B passing through shared memory in stages that cp.async fills.
//
// Everything is counted in chunks of 16 bytes: 8 bf16 or 4 float. A stage holds 64 bytes of depth (the dimension summed over), 32 bf16 or 16 float, so
// that bf16 and tf32 differ only in the mma instruction. An operand comes in one of two layouts, by what is contiguous in global memory:
//   DepthContiguous: a tile row is one row of A (or column of B), 4 chunks of depth.
//   DepthRows:       a tile row is one step of depth, Extent elements of A's rows (or B's columns).
// Eight warps stand 4 x 2 on the tile; each computes 32 x BN/2. Two blocks fit a multiprocessor of sm_80: 4 stages x (128 + 160) x 64 bytes = 72 KB, and
// BN/2 accumulators and some 40 more values of each of 256 threads; kernels say __launch_bounds__(Threads, 2), which holds the assembler to 128 registers.
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
    static constexpr int Rows = L == Layout::DepthContiguous ? Extent : Depth<T>;
    static constexpr int ChunksPerRow = L == Layout::DepthContiguous ? DepthChunks : Extent / ChunkElements<T>;
    static constexpr int RowBytes = ChunksPerRow * ChunkBytes;
    static constexpr int Bytes = Rows * RowBytes;

    // Who copies what: consecutive threads take consecutive chunks of the first Wide (a power of two) of a row, some rows further on in each round. Of a
    // tile 160 wide, 32 columns remain for one more round.
    static constexpr int Rest = ChunksPerRow % 5 == 0 ? ChunksPerRow / 5 : 0;
    static constexpr int Wide = ChunksPerRow - Rest;
    static constexpr int RowStep = Threads / Wide;
    static constexpr int WideRounds = (Rows + RowStep - 1) / RowStep;
    static constexpr int PerThread = WideRounds + (Rest > 0 ? 1 : 0);
    static_assert(RowStep % 8 == 0, "the xor is the same in each round");
    static_assert(Rows * Rest <= Threads, "one round for the rest");

    static constexpr bool is_wide(int i) { return i < WideRounds; }
    static __device__ __forceinline__ bool has(int i)
    {
        return is_wide(i) ? Rows % RowStep == 0 || row(i) < Rows : threadIdx.x < Rows * Rest;
    }
    static __device__ __forceinline__ int row(int i) { return is_wide(i) ? threadIdx.x / Wide + i * RowStep : threadIdx.x / (Rest + (Rest == 0)); }
    static __device__ __forceinline__ int chunk(int i) { return is_wide(i) ? threadIdx.x % Wide : Wide + threadIdx.x % (Rest + (Rest == 0)); }
    static __device__ __forceinline__ int place(int i)
    {
        return is_wide(i) ? ChunkBytes * swizzled<ChunksPerRow>(row(0), chunk(0)) + i * RowStep * RowBytes : ChunkBytes * swizzled<ChunksPerRow>(row(i), chunk(i));
    }
};

enum class Operand
{
    A, // registers: rows 0..7, rows 8..15, both again for the second half of the depth
    B, // registers: columns 0..7, their second half of the depth, columns 8..15, their second half
};

// Reads fragments of 16 rows of A, or of 16 columns of B (two mma tiles), for 32 bytes of depth (step 0 or 1 of a stage). A thread has one address per
// tile; those of the other groups and steps follow from it by constants, since tiles begin at multiples of 128 bytes and the xor of `swizzled` stays below.
template <Operand O, typename T, typename Tile> struct Fragments
{
    static constexpr bool Transposed = Tile::layout == Layout::DepthRows;
    static constexpr bool Scalar = Transposed && sizeof(T) == 4; // ldmatrix cannot transpose 32-bit elements
    static constexpr int GroupBytes = 16 * sizeof(T);            // of 16 columns in a row of depth
    static_assert(Tile::Bytes % 128 == 0, "tiles begin at multiples of 128 bytes");

    unsigned first_place; // of group 0, step 0
    unsigned odd_groups;  // added for groups 1, 3, ...: where a warp begins in the middle of what the xor permutes

    __device__ __forceinline__ explicit Fragments(int first)
    {
        int lane = threadIdx.x % 32;
        int extent_half = O == Operand::A ? (lane >> 3) & 1 : lane >> 4;
        int depth_half = O == Operand::A ? lane >> 4 : (lane >> 3) & 1;
        if constexpr (Scalar)
            first_place = ChunkBytes * swizzled<Tile::ChunksPerRow>(lane % 4, first / 4 + lane / 16) + 4 * (lane / 4 % 4);
        else if constexpr (Transposed)
            first_place = ChunkBytes * swizzled<Tile::ChunksPerRow>(8 * depth_half + lane % 8, first / 8 + extent_half);
        else
            first_place = ChunkBytes * swizzled<Tile::ChunksPerRow>(first + 8 * extent_half + lane % 8, depth_half);
        odd_groups = first / 16 % 2 * 2 * GroupBytes;
    }

    __device__ __forceinline__ void load(unsigned tile, int group, int step, unsigned (&r)[4]) const
    {
        unsigned place = tile + first_place;
        if constexpr (!Transposed)
            ldmatrix_x4((place ^ (32 * step)) + group * 16 * Tile::RowBytes, r);
        else
        {
            // Rows that begin at bank 0: the xor permutes 128 bytes, four groups of bf16, two of float. Else 64 bytes, two of bf16.
            if constexpr (!Scalar && Tile::ChunksPerRow % 8 == 0)
                place ^= group * GroupBytes;
            else
                place = (group % 2 == 0 ? place : (place ^ GroupBytes) + odd_groups) + group / 2 * 2 * GroupBytes;
            if constexpr (!Scalar)
                ldmatrix_x4_trans(place + step * 16 * Tile::RowBytes, r);
            else
            {
                // One load per register. The multiprocessor's load unit is then busy two thirds of the time that the tensor cores need.
#pragma unroll
                for (int i = 0; i < 4; i++)
                {
                    int extent_half = O == Operand::A ? i % 2 : i / 2;
                    int depth_half = O == Operand::A ? i / 2 : i % 2;
                    r[i] = load_shared((place ^ (32 * extent_half + 16 * depth_half)) + (8 * step + 4 * depth_half) * Tile::RowBytes);
                }
            }
        }
        if constexpr (sizeof(T) == 4)
#pragma unroll
            for (int i = 0; i < 4; i++)
                r[i] = round_to_tf32(r[i]);
    }
};

// The accumulators of a warp: [16 rows][8 columns][as mma has them].
template <int BN> using Accumulators = float[MmaRows][BN / WarpsN / 8][4];

__device__ __forceinline__ int warp_row() { return threadIdx.x / 32 / WarpsN * WarpRows; }
template <int BN> __device__ __forceinline__ int warp_column() { return threadIdx.x / 32 % WarpsN * (BN / WarpsN); }

template <typename T, typename FragmentsA, typename FragmentsB, int Groups>
__device__ __forceinline__ void multiply_stage(const FragmentsA& fa, const FragmentsB& fb, unsigned a_tile, unsigned b_tile, float (&d)[MmaRows][Groups][4])
{
#pragma unroll
    for (int step = 0; step < 2; step++)
    {
        unsigned a[MmaRows][4];
#pragma unroll
        for (int i = 0; i < MmaRows; i++)
            fa.load(a_tile, i, step, a[i]);
#pragma unroll
        for (int j = 0; j < Groups / 2; j++)
        {
            unsigned b[4];
            fb.load(b_tile, j, step, b);
#pragma unroll
            for (int i = 0; i < MmaRows; i++)
            {
                mma(T{}, d[i][2 * j], a[i], b[0], b[1]);
                mma(T{}, d[i][2 * j + 1], a[i], b[2], b[3]);
            }
        }
    }
}

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
    const Fragments<Operand::A, T, TileA> fa(warp_row());
    const Fragments<Operand::B, T, TileB> fb(warp_column<TileB::Extent>());
#pragma unroll 1
    for (int step = 0; step < steps; step++)
    {
        unsigned stage = shared + step % Stages * StageBytes;
        cp_async_wait<Stages - 2>();
        a.arrived(stage, step);
        __syncthreads(); // this stage is there for all, and all have left the one before, which the next copy overwrites
        copy(step + Stages - 1);
        multiply_stage<T>(fa, fb, stage, stage + TileA::Bytes, d);
    }
    cp_async_wait<0>();
    __syncthreads();
}
