// The core of every float32 product on CUDA cores: a block computes a BM x BN tile of C = A B, each thread TM x TN of it in registers, from pieces of
// BK columns of A and rows of B that two stages of shared memory hold in turn: while one is multiplied, the next is on its way from global memory.
// Operands (gemm_operands.cuh, gemm_pixels.cuh) say how a piece is read: `fetch(walk)` starts the loads, `store(memory)` puts them into shared memory.
#pragma once

// Extents of a tile, and how many of a warp's lanes lie side by side along N.
// In shared memory a piece is [BK][BM] and [BK][BN]. A thread reads its rows and columns as float4, a quarter of a warp at a time: those eight lanes
// want the same or neighbouring float4, so nothing conflicts.
template <int BM_, int BN_, int TM_, int TN_, int LanesN_> struct GemmTile
{
    static constexpr int BM = BM_, BN = BN_, TM = TM_, TN = TN_;
    static constexpr int ThreadsM = BM / TM, ThreadsN = BN / TN, Threads = ThreadsM * ThreadsN;
    static constexpr int LanesN = LanesN_, LanesM = 32 / LanesN, WarpsN = ThreadsN / LanesN;
    // Of the 65536 registers of a multiprocessor a thread gets 128, in small blocks of 64 elements each 170, for those also move more of a piece. A
    // 128x128 tile needs 64 for sums, 16 for what is multiplied and 16 for what is on its way; the rest is places. (In PTX more are live: its addresses
    // have 64 bits, and arguments are copied to registers; the assembler has 32-bit shared addresses, and arguments as constants.)
    static constexpr int ResidentBlocks = (TM * TN == 64 && Threads < 256 ? 384 : 512) / Threads;

    static_assert(TM % 4 == 0 && TN % 4 == 0, "threads read float4");
    static_assert(BM % TM == 0 && BN % TN == 0 && ThreadsN % LanesN == 0 && ThreadsM % LanesM == 0, "whole warps");

    static __device__ __forceinline__ int thread_m() { return (int)threadIdx.x / 32 / WarpsN * LanesM + (int)threadIdx.x % 32 / LanesN; }
    static __device__ __forceinline__ int thread_n() { return (int)threadIdx.x / 32 % WarpsN * LanesN + (int)threadIdx.x % LanesN; }

    // Where in the tile a thread's row i is, and its column j: groups of four, these distances apart.
    static constexpr int GroupM = 4 * ThreadsM, GroupN = 4 * ThreadsN;
    static __device__ __forceinline__ int row(int i) { return i / 4 * GroupM + thread_m() * 4 + i % 4; }
    static __device__ __forceinline__ int column(int j) { return j / 4 * GroupN + thread_n() * 4 + j % 4; }
};

// A piece in shared memory: `at(k, i)` is element i of row k, `at(k, i, distance)` element i + distance, which may use that the distance is known.
// What is contiguous along i in global memory too is copied as float4.
template <int Extent_, int BK_> struct PlainRows
{
    static constexpr int Extent = Extent_, BK = BK_, Row = Extent, Floats = BK * Row;
    static __device__ __forceinline__ int at(int k, int i, int distance = 0) { return k * Row + i + distance; }
};

// What is contiguous along k in global memory: four lanes have 16 values of k of the same i, a warp has eight i. Each lane stores its four values one
// by one; the exclusive or puts what a warp stores at a time into 32 different banks, and keeps groups of four i together for float4 reads.
template <int Extent_, int BK_> struct SwizzledRows
{
    static constexpr int Extent = Extent_, BK = BK_, Row = (Extent + 31) / 32 * 32, Floats = BK * Row;
    static __device__ __forceinline__ int at(int k, int i) { return k * Row + (i ^ k / 4 % 4 * 8); }
    static __device__ __forceinline__ int at(int k, int i, int distance) { return distance % 32 == 0 ? at(k, i) + distance : at(k, i + distance); }
};

// The same read one value at a time: eight lanes have eight values of k, a warp has four i. Rows four banks apart do not meet.
template <int Extent_, int BK_> struct PaddedRows
{
    static constexpr int Extent = Extent_, BK = BK_, Row = (Extent + 31) / 32 * 32 + 4, Floats = BK * Row;
    static __device__ __forceinline__ int at(int k, int i, int distance = 0) { return k * Row + i + distance; }
};

// One of two types.
template <bool First, class A, class B> struct ChooseType { using Type = A; };
template <class A, class B> struct ChooseType<false, A, B> { using Type = B; };

// Loads that a predicate can switch off, without a branch around them: zero where it is false, and the address is not touched.
__device__ __forceinline__ float4 load_or_zero4(const float* address, bool valid)
{
    float4 v;
    asm volatile("{\n\t.reg .pred p;\n\tsetp.ne.u32 p, %5, 0;\n\tmov.f32 %0, 0f00000000;\n\tmov.f32 %1, 0f00000000;\n\tmov.f32 %2, 0f00000000;\n\t"
                 "mov.f32 %3, 0f00000000;\n\t@p ld.global.v4.f32 {%0, %1, %2, %3}, [%4];\n\t}"
                 : "=&f"(v.x), "=&f"(v.y), "=&f"(v.z), "=&f"(v.w)
                 : "l"(address), "r"((unsigned)valid));
    return v;
}

__device__ __forceinline__ float load_or_zero(const float* address, bool valid)
{
    float v;
    asm volatile("{\n\t.reg .pred p;\n\tsetp.ne.u32 p, %2, 0;\n\tmov.f32 %0, 0f00000000;\n\t@p ld.global.f32 %0, [%1];\n\t}"
                 : "=&f"(v)
                 : "l"(address), "r"((unsigned)valid));
    return v;
}

// A store of 16 bytes that stays one, also where the compiler finds smaller ones on another path that it could share.
__device__ __forceinline__ void store4(float* address, float4 v)
{
    asm volatile("st.global.v4.f32 [%0], {%1, %2, %3, %4};" ::"l"(address), "f"(v.x), "f"(v.y), "f"(v.z), "f"(v.w) : "memory");
}

// max(x, 0), with NaN kept and -0 made 0.
__device__ __forceinline__ float relu(float x) { return x <= 0 ? 0 : x; }

// sum += a piece of A times a piece of B.
template <class Tile, class LayoutA, class LayoutB>
__device__ __forceinline__ void multiply_piece(const float* a, const float* b, float (&sum)[Tile::TM][Tile::TN])
{
    static_assert(LayoutA::BK == LayoutB::BK && LayoutA::BK % 4 == 0, "pieces of the same depth");
    // Four values of k have their places at constant distances from each other. Eight in a row hide what the loop costs; all 16 would be twice the code.
#pragma unroll 2
    for (int k0 = 0; k0 < LayoutA::BK; k0 += 4)
    {
        const float *columns[Tile::TM / 4], *rows[Tile::TN / 4];
#pragma unroll
        for (int i = 0; i < Tile::TM / 4; i++)
            columns[i] = a + LayoutA::at(k0, Tile::row(0), i * Tile::GroupM);
#pragma unroll
        for (int j = 0; j < Tile::TN / 4; j++)
            rows[j] = b + LayoutB::at(k0, Tile::column(0), j * Tile::GroupN);
#pragma unroll
        for (int k = 0; k < 4; k++)
        {
            float column[Tile::TM], row[Tile::TN];
#pragma unroll
            for (int i = 0; i < Tile::TM; i += 4)
                *(float4*)&column[i] = *(const float4*)&columns[i / 4][k * LayoutA::Row];
#pragma unroll
            for (int j = 0; j < Tile::TN; j += 4)
                *(float4*)&row[j] = *(const float4*)&rows[j / 4][k * LayoutB::Row];
#pragma unroll
            for (int i = 0; i < Tile::TM; i++)
#pragma unroll
                for (int j = 0; j < Tile::TN; j++)
                    sum[i][j] = fmaf(column[i], row[j], sum[i][j]);
        }
    }
}

// Floats of shared memory that gemm_loop needs.
template <class A, class B> constexpr int GemmFloats = 2 * (A::Layout::Floats + B::Layout::Floats);

// sum = the tile of A B, over as many pieces as there are; `walk` is where the first one is and knows the way to the next. Afterwards the memory is free.
template <class Tile, class A, class B, class Walk>
__device__ __forceinline__ void gemm_loop(A& a, B& b, Walk& walk, int pieces, float* memory, float (&sum)[Tile::TM][Tile::TN])
{
    using LayoutA = typename A::Layout;
    using LayoutB = typename B::Layout;
    constexpr int Stage = LayoutA::Floats + LayoutB::Floats;
#pragma unroll
    for (int i = 0; i < Tile::TM; i++)
#pragma unroll
        for (int j = 0; j < Tile::TN; j++)
            sum[i][j] = 0;
    if (pieces == 0)
        return;
    a.fetch(walk);
    b.fetch(walk);
    a.store(memory);
    b.store(memory + LayoutA::Floats);
    __syncthreads();
    int stage = 0;
#pragma unroll 1
    for (int piece = 1;; piece++)
    {
        bool more = piece < pieces;
        if (more)
        {
            walk.next();
            a.fetch(walk);
            b.fetch(walk);
        }
        multiply_piece<Tile, LayoutA, LayoutB>(memory + stage, memory + stage + LayoutA::Floats, sum);
        if (!more)
            break;
        stage = Stage - stage;
        a.store(memory + stage);
        b.store(memory + stage + LayoutA::Floats);
        __syncthreads();
    }
    __syncthreads();
}
